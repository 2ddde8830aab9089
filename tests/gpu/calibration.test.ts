import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GpuDevice } from '../../src/gpu/device';
import type { LanguageModel, ModelOptions } from '../../src/model/language-model';
import { TUNING_NAMES, type TuningName } from '../../src/model/plan/candidates';
import { generateAll, lively, randomIds } from '../support/generate';
import { gpuModel } from '../support/gpu-model';
import { disguised, gpuTestDevice } from '../support/gpu-test-device';
import { Random, testSeed } from '../support/random';
import { randomWeights } from '../support/random-model';
import { livelyConfig } from '../support/tiny-config';

const seed = testSeed();
const never = new AbortController().signal;
const TOKENS = 12;

/** Says of every round of calls in turn that it took long, but the last of each `count`. */
function clockForLast(count: number): () => number {
  let calls = 0;
  let now = 0;
  return () => {
    const isEnd = calls % 2 === 1;
    const isLast = Math.floor(calls / 2) % count === count - 1;
    calls++;
    return (now += isEnd ? (isLast ? 40 : 50) : 0);
  };
}

describe(`calibration on what looks like a GPU (seed ${seed})`, () => {
  const random = new Random(seed);
  const config = livelyConfig(random);
  const weights = randomWeights(config, random);
  const prompt = randomIds(random, 30, config.vocabSize);
  const sampling = { ...lively(random), maxTokens: TOKENS };
  let cpu: GpuDevice;
  let gpu: GpuDevice;
  beforeAll(async () => {
    const device = await gpuTestDevice();
    cpu = disguised(device, { adapter: { ...device.adapter, fallback: true } });
    gpu = disguised(device, { adapter: { ...device.adapter, fallback: false } });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => {
    cpu.dispose();
  });

  const makeModel = (options: ModelOptions = {}, remembered?: TuningName, device = gpu) =>
    gpuModel(config, weights, options, device, remembered);
  const answer = async (model: LanguageModel) => (await generateAll(model, prompt, sampling)).ids;

  it('goes on with the fastest candidate and the same tokens, makes nothing, and can be stopped and begun again', async () => {
    const model = await makeModel();
    expect(model).toMatchObject({ canCalibrate: true, tuning: 'default' });
    const expected = await answer(model);
    await model.compileCandidates(never);
    const bytes = model.bytesByKind;
    const made = [
      vi.spyOn(GPUDevice.prototype, 'createBuffer'),
      vi.spyOn(GPUDevice.prototype, 'createBindGroup'),
      vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync'),
    ];
    const controller = new AbortController();
    const abort = () => {
      controller.abort(new Error('a request'));
      return 0;
    };
    await expect(model.calibrate(controller.signal, abort)).rejects.toThrow('a request');
    expect(await answer(model)).toEqual(expected);
    const { chosen, timings } = await model.calibrate(never);
    const names = timings.map(({ name }) => name);
    expect(names[0]).toBe('default');
    expect(names.length).toBeGreaterThan(2);
    expect(names).toContain(chosen);
    expect(model.canCalibrate).toBe(false);
    expect(await answer(model)).toEqual(expected);
    expect(made.map((spy) => spy.mock.calls.length)).toEqual([0, 0, 0]);
    expect(model.bytesByKind).toEqual(bytes);
    await expect(model.calibrate(never)).rejects.toThrow('settled');

    const other = await makeModel();
    await other.compileCandidates(never);
    const last = names[names.length - 1];
    expect((await other.calibrate(never, clockForLast(names.length))).chosen).toBe(last);
    expect(await answer(other)).toEqual(expected);
  });

  it('is refused while a text is worked on, which goes on', async () => {
    const model = await makeModel();
    const expected = await answer(model);
    const generation = await model.generate(prompt, { ...sampling, stopTokenIds: [] });
    await model.compileCandidates(never);
    await expect(model.calibrate(never)).rejects.toThrow('another text');
    const ids: number[] = [];
    for (let fresh = await generation.next(); fresh.length > 0; fresh = await generation.next()) ids.push(...fresh);
    await generation.end(ids.length);
    expect(ids).toEqual(expected);
  });

  it('gives the same tokens from the start on with whatever was remembered', async () => {
    const expected = await answer(await makeModel({ calibrate: false }));
    const tunings = new Set<TuningName>();
    for (const name of TUNING_NAMES) {
      const model = await makeModel({}, name);
      expect(await answer(model), name).toEqual(expected);
      tunings.add(model.tuning);
      // One that comes to the same as another here is none to go on with.
      expect(model.canCalibrate, name).toBe(model.tuning !== name);
    }
    expect(tunings.size).toBeGreaterThan(2);
  });

  it('starts with the default where what was remembered does not compile any more', async () => {
    const expected = await answer(await makeModel({ calibrate: false }));
    const compile = cpu.device.createComputePipelineAsync.bind(cpu.device);
    cpu.device.createComputePipelineAsync = (descriptor) =>
      descriptor.label === 'mix stored one' ? Promise.reject(new Error('too hard')) : compile(descriptor);
    try {
      expect(await answer(await makeModel({}, 'split'))).toEqual(expected);
    } finally {
      cpu.device.createComputePipelineAsync = compile;
    }
  });

  it.each([{ calibrate: false }, { plan: 'fused' }, { workgroup: 64 }, { shapes: {} }] as const)(
    'is not to be had with %j, and what was remembered does not count',
    async (options) => {
      expect(await makeModel(options, 'split')).toMatchObject({ canCalibrate: false, tuning: 'default' });
    },
  );

  it('is not to be had at a fixed pace or on a CPU', async () => {
    const pace = { stepsPerSubmit: 1, submitsInFlight: 1 };
    expect(await makeModel({ pace })).toMatchObject({ canCalibrate: false });
    expect(await makeModel({}, 'split', cpu)).toMatchObject({ canCalibrate: false, tuning: 'default' });
  });
});
