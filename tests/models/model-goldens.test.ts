import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LanguageModel } from '../../src/model/language-model';
import { argmax } from '../../src/model/oracle/generate';
import { GREEDY } from '../../src/model/sampling-options';
import { generateAll } from '../support/generate';
import { gpuModel } from '../support/gpu-model';
import { disguised, gpuTestDevice } from '../support/gpu-test-device';
import { fixtureGolden, GOLDEN_NAMES, goldenState } from '../support/goldens';
import type { Golden } from '../support/goldens';
import { StepModel } from '../support/step-model';
import {
  ARGMAX_AGREEMENT,
  argmaxAgreement,
  largestDifference,
  LOGIT_TOLERANCE,
  safeTokens,
  STATE_TOLERANCE,
} from '../support/tolerance';

const SLICES = [1, 3, 8, 16, 64];
/** Kernels and slices as a GPU gets them are slow on a CPU adapter, so fewer tokens are fed one by one. */
const ADAPTERS = [
  { title: 'a CPU adapter', fallback: true, oneByOne: 64, memory: 'fast' },
  { title: 'a GPU', fallback: false, oneByOne: 12, memory: 'fast' },
  { title: 'a GPU short of memory', fallback: false, oneByOne: 6, memory: 'compact' },
] as const;

/** Logits by the policy of docs/MODEL.md section 13; gives how many tokens had to agree closely. */
function checkLogits(golden: Golden, key: string, ids: readonly number[], logits: Float32Array): number {
  const { config, weights } = golden;
  const expected = golden.floats(`${key}.logits`);
  const safe = safeTokens(config, weights, ids);
  const close = safe * config.vocabSize;
  expect(largestDifference(logits.subarray(0, close), expected.subarray(0, close)), key).toBeLessThan(LOGIT_TOLERANCE);
  expect(argmaxAgreement(logits, expected, config.vocabSize), key).toBeGreaterThanOrEqual(ARGMAX_AGREEMENT);
  return safe;
}

// All models share a device: kernels of the same text are compiled once.
const device = gpuTestDevice();
afterAll(async () => {
  (await device).dispose();
});

describe.each(GOLDEN_NAMES)('golden %s on the GPU', (name) => {
  let golden: Golden;
  beforeAll(async () => {
    golden = await fixtureGolden(name);
  });

  describe.each(ADAPTERS)('as $title has it', ({ fallback, oneByOne, memory }) => {
    let model: LanguageModel;
    beforeAll(async () => {
      const gpu = await device;
      const adapter = { ...gpu.adapter, fallback };
      model = await gpuModel(golden.config, golden.weights, { memory }, disguised(gpu, { adapter }));
    });

    it('gives the logits of every sequence, from 1 to 64 tokens', async () => {
      let safe = 0;
      let tokens = 0;
      for (const { key, ids } of golden.sequences) {
        safe += checkLogits(golden, key, ids, await model.logits(ids));
        tokens += ids.length;
      }
      expect(safe / tokens, 'share of tokens that had to agree closely').toBeGreaterThan(0.25);
    });

    it('generates the same tokens greedily', async () => {
      const { prompt, ids } = golden.greedy;
      const { ids: generated } = await generateAll(model, prompt, { ...GREEDY, maxTokens: ids.length });
      expect(generated).toEqual(ids);
    });

    it('chooses by the same logits when it is fed token by token from stored states', async () => {
      const { vocabSize } = golden.config;
      const ids = golden.sequences[golden.sequences.length - 1].ids.slice(0, oneByOne);
      const logits = await model.logits(ids);
      for (let length = 1; length <= ids.length; length++) {
        const next = await generateAll(model, ids.slice(0, length), { ...GREEDY, maxTokens: 1 });
        const row = logits.subarray((length - 1) * vocabSize, length * vocabSize);
        expect(next, `${length} tokens`).toEqual({ ids: [argmax(row)], cachedTokens: length - 1 });
      }
    });
  });

  it.each(['rows', 'tiles'] as const)('gives the same bits in slices of any size, by %s', async (prefill) => {
    const model = await StepModel.create(await device, golden.config, golden.weights, { tuning: { prefill } });
    for (const { key, ids } of golden.sequences) {
      model.begin();
      const logits = await model.logits(ids);
      const state = await model.state();
      const safe = checkLogits(golden, key, ids, logits);
      if (safe === ids.length) {
        expect(largestDifference(state, goldenState(golden, key)), key).toBeLessThan(STATE_TOLERANCE);
      }
      for (const slice of SLICES.filter((size) => size < ids.length)) {
        model.begin();
        expect(await model.logits(ids, slice), `${key} in slices of ${slice}`).toEqual(logits);
        expect(await model.state(), `${key} in slices of ${slice}`).toEqual(state);
      }
    }
  });
});
