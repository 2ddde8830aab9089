import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GpuError, RequestError } from '../../src/errors';
import type { LanguageModel } from '../../src/model/language-model';
import { MAX_STOP_TOKENS } from '../../src/model/plan/sampler';
import { GREEDY } from '../../src/model/sampling-options';
import { StateSnapshots } from '../../src/model/state-snapshots';
import { generateAll, lively, randomIds } from '../support/generate';
import { gpuModel } from '../support/gpu-model';
import { gpuTestDevice } from '../support/gpu-test-device';
import { Random, testSeed } from '../support/random';
import { randomWeights } from '../support/random-model';
import { StepModel } from '../support/step-model';
import { livelyConfig } from '../support/tiny-config';

/** Copies of states that a model keeps. */
const STORED_STATES = 8;
/** Tokens that can be taken back beyond those in flight. */
const REWIND_TOKENS = 8;

describe('generation', () => {
  const seed = testSeed();
  const random = new Random(seed);
  const config = livelyConfig(random);
  const weights = randomWeights(config, random);
  const device = gpuTestDevice();
  const ids = (length: number) => randomIds(random, length, config.vocabSize);

  /** Has as much in flight as there may be, so that most of what is undone was fed. */
  let model: LanguageModel;
  /** Knows no stored states, and so always begins from nothing. */
  let reference: StepModel;
  beforeAll(async () => {
    const pace = { stepsPerSubmit: 4, submitsInFlight: 4 };
    model = await gpuModel(config, weights, { pace }, await device);
    reference = await StepModel.create(await device, config, weights);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(async () => {
    (await device).dispose();
  });

  const expectUsable = async (used = model) => {
    const prompt = ids(5);
    const options = lively(random);
    const { ids: expected } = await reference.sample(prompt, options, 6);
    expect((await generateAll(used, prompt, { ...options, maxTokens: 6 })).ids).toEqual(expected);
  };

  it(`gives the same tokens at any pace (seed ${seed})`, async () => {
    const options = lively(random);
    const prompt = ids(11);
    const { ids: expected } = await reference.sample(prompt, options, 30);
    for (let stepsPerSubmit = 1; stepsPerSubmit <= 4; stepsPerSubmit++) {
      for (let submitsInFlight = 1; submitsInFlight <= 4; submitsInFlight++) {
        const pace = { stepsPerSubmit, submitsInFlight };
        const paced = await gpuModel(config, weights, { pace }, await device);
        const { ids: actual } = await generateAll(paced, prompt, { ...options, maxTokens: 30 });
        expect(actual, JSON.stringify(pace)).toEqual(expected);
      }
    }
    const measured = await gpuModel(config, weights, {}, await device);
    expect((await generateAll(measured, prompt, { ...options, maxTokens: 30 })).ids).toEqual(expected);
  });

  it(`goes on from any token that it is taken back to, as a fresh run would (seed ${seed})`, async () => {
    const read = 14;
    for (let kept = 0; kept <= read; kept++) {
      const prompt = ids(5);
      const generation = await model.generate(prompt, { ...lively(random), maxTokens: 100, stopTokenIds: [] });
      const tokens: number[] = [];
      while (tokens.length < read) tokens.push(...(await generation.next()));
      await generation.end(kept);
      const followUp = [...prompt, ...tokens.slice(0, kept), ...ids(3)];
      const options = lively(random);
      const { ids: actual, cachedTokens } = await generateAll(model, followUp, { ...options, maxTokens: 8 });
      expect(actual, `kept ${kept}`).toEqual((await reference.sample(followUp, options, 8)).ids);
      // Of what is in flight and a few tokens before it the ring has every state; else the prompt's is the nearest.
      const isInRing = tokens.length - kept <= REWIND_TOKENS || cachedTokens > prompt.length;
      expect(cachedTokens, `kept ${kept} of ${tokens.length}`).toBe(prompt.length + (isInRing ? kept : 0));
    }
  });

  it(`starts again after the prompt where the token it is taken back to has left the ring (seed ${seed})`, async () => {
    const prompt = ids(5);
    const generation = await model.generate(prompt, { ...lively(random), maxTokens: 60, stopTokenIds: [] });
    const tokens: number[] = [];
    while (tokens.length < 60) tokens.push(...(await generation.next()));
    await generation.end(2);
    const followUp = [...prompt, ...tokens.slice(0, 2), ...ids(2)];
    const options = lively(random);
    const { ids: actual, cachedTokens } = await generateAll(model, followUp, { ...options, maxTokens: 5 });
    expect(cachedTokens).toBe(prompt.length);
    expect(actual).toEqual((await reference.sample(followUp, options, 5)).ids);
  });

  it(`feeds of a second question only what is new (seed ${seed})`, async () => {
    const options = lively(random);
    const prompt = ids(9);
    const first = await generateAll(model, prompt, { ...options, maxTokens: 12 });
    expect(first.ids.length).toBe(12);
    // The last token was sampled, but never fed.
    const followUp = [...prompt, ...first.ids, ...ids(4)];
    const second = await generateAll(model, followUp, { ...options, maxTokens: 3 });
    expect(second.cachedTokens).toBe(prompt.length + 11);
    expect(second.ids).toEqual((await reference.sample(followUp, options, 3)).ids);
    const other = [...prompt.slice(0, -1), (prompt[8] + 1) % config.vocabSize, 1];
    expect((await generateAll(model, other, { ...GREEDY, maxTokens: 1 })).cachedTokens).toBe(0);
  });

  it(`answers the same prompt alike, time and again (seed ${seed})`, async () => {
    const options = lively(random);
    const prompt = ids(9);
    const { ids: expected } = await reference.sample(prompt, options, 6);
    for (let round = 0; round < 3; round++) {
      expect((await generateAll(model, prompt, { ...options, maxTokens: 6 })).ids).toEqual(expected);
    }
  });

  it('keeps the states that were used last', async () => {
    // These are kept when they have been read back, which may be later than the next text begins.
    vi.spyOn(StateSnapshots.prototype, 'longestPrefix').mockReturnValue(undefined);
    const prompts = Array.from({ length: STORED_STATES }, () => ids(20));
    for (const prompt of prompts) await generateAll(model, prompt, { ...GREEDY, maxTokens: 1 });
    const bytes = model.bytesByKind.state;
    const cachedTokens = async (prompt: readonly number[]) =>
      (await generateAll(model, [...prompt, 0], { ...GREEDY, maxTokens: 1 })).cachedTokens;
    expect(await cachedTokens(prompts[0]), 'the oldest is there, and used').toBe(20);
    expect(await cachedTokens(prompts[1]), 'the second oldest made room').toBe(0);
    expect(await cachedTokens(prompts[3]), 'a younger one is there').toBe(20);
    expect(model.bytesByKind.state, 'copies take the place of copies').toBe(bytes);
  });

  it(`ends at a stop token, which is the last one (seed ${seed})`, async () => {
    const options = lively(random);
    const prompt = ids(5);
    const { ids: all } = await reference.sample(prompt, options, 30);
    const stop = all[10];
    const { ids: stopped } = await generateAll(model, prompt, { ...options, maxTokens: 30, stopTokenIds: [stop] });
    expect(stopped).toEqual(all.slice(0, all.indexOf(stop) + 1));
  });

  it(`goes on from a snapshot on another device, to the same tokens (seed ${seed})`, async () => {
    const options = lively(random);
    const prompt = ids(5);
    const { ids: expected } = await reference.sample(prompt, options, 120);
    const snapshots = new StateSnapshots();
    const first = await gpuModel(
      config,
      weights,
      { pace: { stepsPerSubmit: 3, submitsInFlight: 4 } },
      undefined,
      undefined,
      snapshots,
    );
    const generation = await first.generate(prompt, { ...options, maxTokens: 120, stopTokenIds: [] });
    const sampled: number[] = [];
    while (sampled.length < 100) sampled.push(...(await generation.next()));
    first.dispose();
    expect(sampled).toEqual(expected.slice(0, sampled.length));

    const second = await gpuModel(config, weights, {}, undefined, undefined, snapshots);
    const maxTokens = 120 - sampled.length;
    const rest = await generateAll(second, [...prompt, ...sampled], { ...options, maxTokens });
    expect(rest.ids).toEqual(expected.slice(sampled.length));
    // The first submit that ends at 64 sampled tokens or later ends at 66.
    expect(rest.cachedTokens).toBe(prompt.length + 66);
    second.dispose();
  });

  it('keeps no snapshot of a state that was never reached', async () => {
    const options = { ...GREEDY, maxTokens: 63, stopTokenIds: [] };
    const snapshots = new StateSnapshots();
    const own = await gpuModel(
      config,
      weights,
      { pace: { stepsPerSubmit: 4, submitsInFlight: 4 } },
      undefined,
      undefined,
      snapshots,
    );
    const prompt = ids(5);
    const { ids: sampled } = await generateAll(own, prompt, options);
    expect(sampled).toHaveLength(63);
    const longest = () => snapshots.longestPrefix([...prompt, ...sampled, 0])?.ids;
    // It comes when the generation has ended already.
    await expect.poll(longest).not.toEqual(prompt);
    expect(longest()).toEqual([...prompt, ...sampled.slice(0, -1)]);
    own.dispose();
  });

  it('refuses ids outside the vocabulary, empty texts and too many stop tokens, and goes on', async () => {
    const options = { ...GREEDY, maxTokens: 1, stopTokenIds: [] };
    for (const id of [-1, config.vocabSize, 0.5, NaN]) {
      await expect(model.generate([0, id], options)).rejects.toMatchObject({
        name: 'RequestError',
        field: 'prompt[1]',
      });
      await expect(model.logits([0, 0, id])).rejects.toMatchObject({ name: 'RequestError', field: 'ids[2]' });
    }
    await expect(model.generate([], options)).rejects.toThrow(RequestError);
    await expect(model.logits([])).rejects.toThrow(RequestError);
    const stopTokenIds = ids(MAX_STOP_TOKENS + 1);
    await expect(model.generate([0], { ...options, stopTokenIds })).rejects.toThrow(RequestError);
    await expectUsable();
  });

  it('works on one text at a time', async () => {
    const options = { ...GREEDY, maxTokens: 9, stopTokenIds: [] };
    const generation = await model.generate([1, 2], options);
    await expect(model.generate([1], options)).rejects.toThrow(GpuError);
    await expect(model.logits([1])).rejects.toThrow(GpuError);
    await generation.end(0);
    await expectUsable();
  });

  it('tells how far prefill is, and can be stopped there without harm', async () => {
    const prompt = ids(30);
    const options = { ...GREEDY, maxTokens: 1, stopTokenIds: [] };
    const progress: number[] = [];
    const note = (done: number, total: number) => {
      expect(total).toBe(30);
      progress.push(done);
    };
    await (await model.generate(prompt, options, undefined, note)).end(0);
    expect(progress[0]).toBe(0);
    expect(progress[progress.length - 1]).toBe(30);
    expect(progress).toEqual([...progress].sort((left, right) => left - right));
    expect(progress.length).toBeGreaterThan(1);

    const reason = new Error('enough');
    for (const [index, stopAt] of [...new Set(progress)].entries()) {
      const controller = new AbortController();
      const stop = (done: number) => {
        if (done === stopAt) controller.abort(reason);
      };
      // Begins otherwise than all texts before, so that no stored state is of use.
      const other = [(prompt[0] + 1 + index) % config.vocabSize, ...prompt.slice(1)];
      await expect(model.generate(other, options, controller.signal, stop)).rejects.toBe(reason);
    }
    await expect(model.logits(prompt, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expectUsable();
  });

  it.each([1, 2, 3])(
    `keeps %i slices in flight, and stops among them without harm (seed ${seed})`,
    async (slicesInFlight) => {
      const sliceTokens = 4;
      const sliced = await gpuModel(config, weights, { prefillPace: { sliceTokens, slicesInFlight } }, await device);
      const prompt = ids(30);
      const options = lively(random);
      const { ids: expected } = await reference.sample(prompt, options, 3);
      const submits = vi.spyOn(GPUQueue.prototype, 'submit');
      const submitted: number[] = [];
      const note = () => submitted.push(submits.mock.calls.length);
      const generation = await sliced.generate(prompt, { ...options, maxTokens: 3, stopTokenIds: [] }, undefined, note);
      const first = await generation.next();
      await generation.end(0);
      expect(first).toEqual(expected.slice(0, 1));
      // Eight slices, after the one submit that clears the state; the last is known to be done when all are.
      const slices = Array.from({ length: 8 }, (_, done) => Math.min(8, done + slicesInFlight));
      expect(submitted).toEqual([1, ...slices.map((count) => 1 + count)]);

      const reason = new Error('enough');
      const controller = new AbortController();
      const stop = (done: number) => {
        if (done !== 2 * sliceTokens) return;
        controller.abort(reason);
        submits.mockClear();
      };
      const other = [(prompt[0] + 1) % config.vocabSize, ...prompt.slice(1)];
      const stopped = sliced.generate(other, { ...options, maxTokens: 3, stopTokenIds: [] }, controller.signal, stop);
      await expect(stopped).rejects.toBe(reason);
      expect(submits, 'what is left is not submitted').not.toHaveBeenCalled();
      await expectUsable(sliced);
    },
  );

  it('frees everything', async () => {
    const own = await gpuModel(config, weights);
    await generateAll(own, ids(3), { ...GREEDY, maxTokens: 2 });
    const kinds = ['activations', 'embeddings', 'parameters', 'readback', 'sampling', 'state', 'ternary'];
    expect(Object.keys(own.bytesByKind).sort()).toEqual(kinds);
    own.dispose();
    expect(own.bytesByKind).toEqual({});
  });
});
