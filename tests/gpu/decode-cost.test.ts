import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MockInstance } from 'vitest';
import type { Pace } from '../../src/model/pace';
import { GREEDY } from '../../src/model/sampling-options';
import { gpuModel } from '../support/gpu-model';
import { gpuTestDevice } from '../support/gpu-test-device';
import { Random } from '../support/random';
import { randomConfig, randomWeights } from '../support/random-model';

const TOKENS = 64;
const PACES: Pace[] = [
  { stepsPerSubmit: 1, submitsInFlight: 1 },
  { stepsPerSubmit: 4, submitsInFlight: 4 },
];

/** Counts the calls that make something, and those that record and submit work. */
function countCalls() {
  const calls = {
    buffers: vi.spyOn(GPUDevice.prototype, 'createBuffer'),
    bindGroups: vi.spyOn(GPUDevice.prototype, 'createBindGroup'),
    pipelines: vi.spyOn(GPUDevice.prototype, 'createComputePipeline'),
    pipelinesLater: vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync'),
    writes: vi.spyOn(GPUQueue.prototype, 'writeBuffer'),
    passes: vi.spyOn(GPUCommandEncoder.prototype, 'beginComputePass'),
    submits: vi.spyOn(GPUQueue.prototype, 'submit'),
  };
  return Object.entries<MockInstance>(calls).map(([name, spy]) => [name, () => spy.mock.calls.length] as const);
}

describe('64 tokens', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(PACES)('make nothing after the first, with $stepsPerSubmit steps a submit', async (pace) => {
    const random = new Random(5);
    const config = randomConfig(random);
    const gpu = await gpuTestDevice();
    for (const plan of ['split', 'fused'] as const) {
      const model = await gpuModel(config, randomWeights(config, random), { plan, pace }, gpu);
      const generation = await model.generate([1, 2, 3], { ...GREEDY, maxTokens: TOKENS, stopTokenIds: [] });
      const counters = countCalls();
      let tokens = 0;
      for (let fresh = await generation.next(); fresh.length > 0; fresh = await generation.next())
        tokens += fresh.length;
      const counts = Object.fromEntries(counters.map(([name, count]) => [name, count()]));
      vi.restoreAllMocks();
      await generation.end(TOKENS);
      expect(tokens).toBe(TOKENS);
      expect(counts).toMatchObject({ buffers: 0, bindGroups: 0, pipelines: 0, pipelinesLater: 0, writes: 0 });
      expect(counts.passes, 'one pass a submit').toBe(counts.submits);
      // The first token came with the prompt; behind the last one there may be submits in flight, which do nothing.
      const needed = Math.ceil((TOKENS - 1) / pace.stepsPerSubmit);
      expect(counts.submits).toBeGreaterThanOrEqual(needed);
      expect(counts.submits).toBeLessThan(needed + pace.submitsInFlight);
    }
    gpu.dispose();
  });
});
