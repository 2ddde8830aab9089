import { afterEach, describe, expect, it, vi } from 'vitest';
import { RequestError } from '../../src/errors';
import type { Generation, LanguageModel } from '../../src/model/language-model';
import type { GenerationOptions } from '../../src/model/generation-options';
import { gpuModel } from '../support/gpu-model';
import { Random, testSeed } from '../support/random';
import { randomWeights } from '../support/random-model';
import { tinyConfig } from '../support/tiny-config';

const seed = testSeed();
const config = tinyConfig({ vocabSize: 53, hiddenSize: 20 });
const weights = randomWeights(config, new Random(seed));
const PROMPT = [3, 17, 42, 8, 25];

const OPTIONS: GenerationOptions = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 1,
  maxTokens: 9,
  stopTokenIds: [],
};
const SAMPLED: GenerationOptions = { ...OPTIONS, temperature: 0.9, topK: 20, topP: 0.95, repetitionPenalty: 1.1 };

async function rest(generation: Generation): Promise<number[]> {
  const ids: number[] = [];
  for (;;) {
    const fresh = await generation.next();
    if (fresh.length === 0) return ids;
    ids.push(...fresh);
  }
}

async function answer(model: LanguageModel, prompt: readonly number[], options: GenerationOptions) {
  const generation = await model.generate(prompt, options);
  const ids = await rest(generation);
  await generation.end(ids.length);
  return { ids, cached: generation.cachedTokens };
}

describe('a generation', () => {
  let model: LanguageModel | undefined;
  afterEach(() => {
    model?.dispose();
    vi.restoreAllMocks();
  });

  it(`gives the same tokens at any pace (seed ${seed})`, async () => {
    const texts: number[][] = [];
    for (const [stepsPerSubmit, submitsInFlight] of [
      [1, 1],
      [1, 4],
      [3, 2],
      [4, 4],
    ]) {
      const paced = await gpuModel(config, weights, { pace: { stepsPerSubmit, submitsInFlight } });
      texts.push((await answer(paced, PROMPT, SAMPLED)).ids);
      paced.dispose();
    }
    expect(texts[0]).toHaveLength(SAMPLED.maxTokens);
    for (const text of texts) expect(text).toEqual(texts[0]);
  });

  it(`goes on from any token that it is taken back to (seed ${seed})`, async () => {
    model = await gpuModel(config, weights);
    const fresh = await gpuModel(config, weights);
    const { ids } = await answer(fresh, PROMPT, OPTIONS);
    for (const kept of [1, 4, OPTIONS.maxTokens - 1]) {
      const generation = await model.generate(PROMPT, OPTIONS);
      await rest(generation);
      await generation.end(kept);
      const next = [...PROMPT, ...ids.slice(0, kept), 7];
      const again = await answer(model, next, OPTIONS);
      expect(again.cached).toBe(PROMPT.length + kept);
      expect(again.ids).toEqual((await answer(await reset(fresh), next, OPTIONS)).ids);
    }
    fresh.dispose();
  });

  it('makes nothing per token, one pass a submit, and as many submits as its pace says', async () => {
    const tokens = 65;
    model = await gpuModel(config, weights, { pace: { stepsPerSubmit: 4, submitsInFlight: 4 } });
    const generation = await model.generate(PROMPT, { ...SAMPLED, maxTokens: tokens });
    await generation.next();
    const made = (
      ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createComputePipelineAsync'] as const
    ).map((name) => vi.spyOn(GPUDevice.prototype, name));
    const passes = vi.spyOn(GPUCommandEncoder.prototype, 'beginComputePass');
    const submits = vi.spyOn(GPUQueue.prototype, 'submit');
    expect(await rest(generation)).toHaveLength(tokens - 1);
    await generation.end(0);
    expect(made.map((spy) => spy.mock.calls.length)).toEqual([0, 0, 0, 0]);
    expect(passes.mock.calls.length).toBe(submits.mock.calls.length);
    // 64 steps in submits of 4, and the 3 that were in flight when the last token came.
    expect(submits.mock.calls.length).toBe(16 + 3);
  });

  it('refuses ids outside the vocabulary and empty prompts, and can be used afterwards', async () => {
    model = await gpuModel(config, weights);
    await expect(model.generate([1, config.vocabSize], OPTIONS)).rejects.toThrow(RequestError);
    await expect(model.generate([], OPTIONS)).rejects.toThrow(RequestError);
    await expect(model.logits([-1])).rejects.toThrow(RequestError);
    expect((await answer(model, PROMPT, OPTIONS)).ids).toHaveLength(OPTIONS.maxTokens);
  });

  it('stops in the middle of a prompt when aborted, and can be used afterwards', async () => {
    model = await gpuModel(config, weights);
    const controller = new AbortController();
    const long = Array.from({ length: 100 }, (_, index) => index % config.vocabSize);
    const begun = model.generate(long, OPTIONS, controller.signal, (done) => {
      if (done > 0) controller.abort();
    });
    await expect(begun).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }) as Error);
    expect((await answer(model, PROMPT, OPTIONS)).ids).toHaveLength(OPTIONS.maxTokens);
  });

  it('ends with a stop token, which is the last id', async () => {
    model = await gpuModel(config, weights);
    const { ids } = await answer(model, PROMPT, OPTIONS);
    const stop = ids[3];
    const { ids: stopped } = await answer(model, PROMPT, { ...OPTIONS, stopTokenIds: [stop] });
    expect(stopped).toEqual(ids.slice(0, ids.indexOf(stop) + 1));
  });

  it('leaves nothing on the GPU when its model is disposed of', async () => {
    const disposed = await gpuModel(config, weights);
    await answer(disposed, PROMPT, OPTIONS);
    disposed.dispose();
    expect(disposed.bytesByKind).toEqual({});
  });
});

/** The same model with no stored states: more texts than it stores push all others out. */
async function reset(fresh: LanguageModel): Promise<LanguageModel> {
  for (let first = 0; first < 10; first++) await answer(fresh, [first, 50], { ...OPTIONS, maxTokens: 1 });
  return fresh;
}
