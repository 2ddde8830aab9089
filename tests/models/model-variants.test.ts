import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceOptions, GpuDevice } from '../../src/gpu/device';
import type { Tuning } from '../../src/model/plan/tuning';
import type { SamplingOptions } from '../../src/model/sampling-options';
import { gpuTestDevice } from '../support/gpu-test-device';
import { Random, testSeed } from '../support/random';
import { randomRowShape } from '../support/random-row-shape';
import { randomWeights } from '../support/random-model';
import { CODE_FORMATS } from '../support/ternary-head';
import { StepModel } from '../support/step-model';
import type { SampledRun } from '../support/step-model';
import { TILE_SHAPES } from '../support/tile-shapes';
import { livelyConfig } from '../support/tiny-config';

const PROMPT = 19;
/** More than two tiles of tokens, and ragged. */
const LONG_PROMPT = 85;
const SAMPLED = 12;

const DEVICES: { title: string; options: DeviceOptions; variants: [Tuning['plan'], Tuning['team']][] }[] = [
  {
    title: 'all features',
    options: {},
    variants: [
      ['split', 'workgroup'],
      ['split', 'subgroup'],
      ['fused', 'single'],
      ['fused', 'workgroup'],
      ['fused', 'subgroup'],
    ],
  },
  {
    title: 'no packed dot product',
    options: { withhold: ['packed_4x8_integer_dot_product'] },
    variants: [
      ['split', 'single'],
      ['fused', 'subgroup'],
    ],
  },
  { title: 'no numbered subgroups', options: { withhold: ['subgroup_id'] }, variants: [['fused', 'subgroup']] },
  {
    title: 'no subgroups',
    options: { withhold: ['subgroups'] },
    variants: [
      ['split', 'workgroup'],
      ['fused', 'workgroup'],
    ],
  },
  {
    title: 'no optional feature and default limits',
    options: { withhold: ['subgroups', 'packed_4x8_integer_dot_product'], defaultLimits: true },
    variants: [
      ['split', 'single'],
      ['fused', 'workgroup'],
    ],
  },
];

/** What every variant must reproduce to the last bit. */
interface Outcome {
  logits: Float32Array;
  state: Float32Array;
  sampled: SampledRun;
}

/** How work is shared among invocations. */
function randomShares(random: Random): Partial<Tuning> {
  return {
    codes: random.pick(CODE_FORMATS),
    workgroup: random.pick([64, 256]),
    shapes: {
      mix: randomRowShape(random),
      output: randomRowShape(random),
      gateUp: randomRowShape(random),
      down: randomRowShape(random),
    },
    tokensPerBlock: random.pick([2, 4, 8]),
    prefill: random.pick(['tiles', 'rows', 'rows']),
    tilesFrom: random.pick([2, 8]),
    tilesWanted: random.pick([0, 256]),
    ...random.pick(TILE_SHAPES),
  };
}

describe('variants of the model', () => {
  const seed = testSeed();
  const random = new Random(seed);
  const config = livelyConfig(random);
  // Sizes that need no padding let regions of memory lie on top of each other.
  if (random.chance(0.5)) {
    config.hiddenSize = config.stateSize = 4 * random.integer(5, 17);
    config.intermediateSize = 4 * random.integer(5, 17);
  }
  const weights = randomWeights(config, random);
  const prompt = Array.from({ length: PROMPT }, () => random.integer(0, config.vocabSize - 1));
  const options: SamplingOptions = {
    temperature: 0.9,
    topK: random.pick([0, 10]),
    topP: 0.95,
    minP: 0.01,
    repetitionPenalty: 1.1,
    presencePenalty: 0.1,
    frequencyPenalty: 0.1,
    seed: random.uint32(),
  };

  async function outcome(gpu: GpuDevice, tuning: Partial<Tuning>): Promise<Outcome> {
    const model = await StepModel.create(gpu, config, weights, { tuning });
    model.begin();
    const logits = await model.logits(prompt);
    const state = await model.state();
    return { logits, state, sampled: await model.sample(prompt, options, SAMPLED) };
  }

  let expected: Outcome;
  beforeAll(async () => {
    const gpu = await gpuTestDevice();
    expected = await outcome(gpu, { plan: 'split', team: 'single' });
    gpu.dispose();
  });

  describe.each(DEVICES)('$title', ({ options: deviceOptions, variants }) => {
    const device = gpuTestDevice(deviceOptions);
    afterAll(async () => {
      (await device).dispose();
    });

    it.each(variants)(`give the same bits: %s, %s (seed ${seed})`, async (plan, team) => {
      const tuning = { plan, team, ...randomShares(random) };
      const actual = await outcome(await device, tuning);
      const context = JSON.stringify({ ...tuning, ...config });
      expect(actual.logits, context).toEqual(expected.logits);
      expect(actual.state, context).toEqual(expected.state);
      expect(actual.sampled, context).toEqual(expected.sampled);
    });
  });

  it.each([
    ['subgroup', 'base-3'],
    ['workgroup', 'two-bit'],
    ['workgroup', 'base-3'],
  ] as const)(`give the same bits with loops written out, team: %s, codes: %s (seed ${seed})`, async (team, codes) => {
    const gpu = await gpuTestDevice();
    const tuning = { plan: 'fused', team, codes, unroll: true, ahead: true, tokensPerBlock: 2 } as const;
    const actual = await outcome(gpu, tuning);
    const context = JSON.stringify({ ...tuning, ...config });
    expect(actual.logits, context).toEqual(expected.logits);
    expect(actual.state, context).toEqual(expected.state);
    expect(actual.sampled, context).toEqual(expected.sampled);
    gpu.dispose();
  });

  it.each(['tiles', 'rows'] as const)(
    `give a long text's bits in slices of any length as token by token, prefill: %s (seed ${seed})`,
    async (prefill) => {
      const gpu = await gpuTestDevice();
      const ids = Array.from({ length: LONG_PROMPT }, () => random.integer(0, config.vocabSize - 1));
      const shares = { tilesFrom: 2, tilesWanted: random.pick([0, 256]), ...random.pick(TILE_SHAPES) };
      const tuning = { prefill, codes: random.pick(CODE_FORMATS), ...shares };
      const capacity = { sliceTokens: LONG_PROMPT, logitRows: LONG_PROMPT };
      const model = await StepModel.create(gpu, config, weights, { tuning, capacity });
      const feed = async (sliceTokens: number) => {
        model.begin();
        return { logits: await model.logits(ids, sliceTokens), state: await model.state() };
      };
      const oneByOne = await feed(1);
      for (const sliceTokens of [LONG_PROMPT, random.integer(2, LONG_PROMPT - 1)]) {
        const context = JSON.stringify({ sliceTokens, ...tuning, ...config });
        expect(await feed(sliceTokens), context).toEqual(oneByOne);
      }
      gpu.dispose();
    },
  );
});
