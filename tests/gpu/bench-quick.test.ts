import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../../bench/measure/bench';
import { EFFORTS } from '../../bench/measure/effort';
import type { SubjectOptions } from '../../bench/measure/subject';
import { syntheticConfig } from '../../bench/model/shapes';
import { testSeed } from '../support/random';

const seed = testSeed();
const OPTIONS: SubjectOptions = {
  seed,
  embeddings: 'F16',
  bundledUrl: '',
  device: {},
  model: { pace: { stepsPerSubmit: 4, submitsInFlight: 2 } },
};

// Times are not looked at: on a CPU they mean nothing.
describe.each([
  { plan: 'fused', memory: 'fast', perLayer: 4, others: 4 },
  { plan: 'split', memory: 'compact', perLayer: 8, others: 5 },
] as const)(
  `the benchmark of a tiny model, $plan plan, $memory memory (seed ${seed})`,
  ({ plan, memory, perLayer, others }) => {
    const bench = new Bench();
    const { layerCount } = syntheticConfig('tiny');
    const dispatches = perLayer * layerCount + others;
    beforeAll(() => bench.open('tiny', { ...OPTIONS, model: { ...OPTIONS.model, plan, memory } }));
    afterAll(() => {
      bench.close();
    });

    it('sees no buffer, bind group or pipeline created for a token, and one pass a submit of several steps', async () => {
      const memory = await bench.measure('memory', 'smoke');
      const { perToken, agreement, logitDeviation, logitsFinite, gpuBytes, gpuBytesPeak } = memory;
      expect(agreement).toEqual({ decoded: 16, agreeing: 16 });
      expect(perToken).toEqual({
        dispatches,
        passes: 1 / 4,
        submits: 1 / 4,
        buffersCreated: 0,
        bindGroupsCreated: 0,
        pipelinesCreated: 0,
      });
      expect(logitsFinite).toBe(true);
      expect(logitDeviation).toBeGreaterThan(2);
      expect(logitDeviation).toBeLessThan(3);
      expect(gpuBytesPeak).toBeGreaterThan(Object.values(gpuBytes).reduce((sum, bytes) => sum + bytes, 0));
    });

    it('tries no other tuning where the plan is forced', async () => {
      expect(await bench.measure('calibration', 'smoke')).toMatchObject({ chosen: 'default', timings: [] });
    });

    it('decodes and feeds as many tokens as it was told', async () => {
      const { greedy, sampled } = await bench.measure('decode', 'smoke');
      const { rate, firstToken } = await bench.measure('prefill', 'smoke');
      const samples = [greedy, sampled, rate, firstToken].flatMap((found) => Object.values(found));
      expect(samples).toHaveLength(6);
      expect(samples.every(({ median, values }) => median > 0 && values.length === 2)).toBe(true);
    });

    it('knows every kernel of a step and of a slice by name', async () => {
      const { decode, prefill } = await bench.measure('kernels', 'smoke');
      expect(decode.kernels.reduce((sum, { count }) => sum + count, 0)).toBe(dispatches);
      // A GPU may feed the whole prompt in one slice, which a choice then follows.
      const isWhole = prefill.tokens === Math.max(...EFFORTS.smoke.prompts);
      const prefillDispatches = 9 * layerCount + (isWhole ? others : 1);
      expect(prefill.kernels.reduce((sum, { count }) => sum + count, 0)).toBe(prefillDispatches);
      expect(
        [...decode.kernels, ...prefill.kernels].every(({ kernel, microseconds }) => kernel && microseconds > 0),
      ).toBe(true);
    });

    it('clones, saves and restores a session', async () => {
      const { clone, save, restore, savedBytes } = await bench.measure('sessions', 'smoke');
      expect([clone, save, restore].every(({ values }) => values.length === 2)).toBe(true);
      expect(savedBytes).toBeGreaterThan(4 * layerCount * syntheticConfig('tiny').stateSize);
    });

    it('finds a floor of the dispatches that a step needs at least', async () => {
      const floor = await bench.measure('floor', 'smoke');
      expect(floor.dispatches).toBe(4 * layerCount + 4);
      expect(floor.nothingMilliseconds.median).toBeGreaterThan(0);
      expect(floor.bandwidth).toBeGreaterThan(0);
      expect(floor.tokensPerSecond).toBeGreaterThan(0);
    });
  },
);
