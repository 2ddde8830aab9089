import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticConfig } from '../../bench/model/shapes';
import type { GpuDevice } from '../../src/gpu/device';
import { candidates } from '../../src/model/plan/candidates';
import { type ProjectionName, projections } from '../../src/model/plan/projections';
import { rowShape } from '../../src/model/plan/row-shape';
import { chooseTuning } from '../../src/model/plan/tuning';
import { disguised, gpuTestDevice } from '../support/gpu-test-device';

describe.each(['370M', '2.7B'] as const)('candidates for %s on a GPU with subgroups of 32', (name) => {
  const config = syntheticConfig(name);
  let cpu: GpuDevice;
  let gpu: GpuDevice;
  beforeAll(async () => {
    cpu = await gpuTestDevice();
    gpu = disguised(cpu, { adapter: { ...cpu.adapter, fallback: false, subgroupSize: 32 } });
  });
  afterAll(() => {
    cpu.dispose();
  });

  it('are the default and some others, which differ in how decode is cut and in nothing else', () => {
    const base = chooseTuning(gpu);
    const found = candidates(gpu, config, base);
    expect([...found.keys()][0]).toBe('default');
    expect(found.get('default')).toEqual({ ...base, shapes: { mix: {}, output: {}, gateUp: {}, down: {}, head: {} } });
    expect(found.size).toBeGreaterThanOrEqual(5);
    const cuts = Array.from(found.values(), (tuning) => {
      const { plan, workgroup: size, ahead, shapes: cut } = base;
      expect({ ...tuning, plan, workgroup: size, ahead, shapes: cut }).toEqual(base);
      const shapes = Object.entries(projections(config, base.codes)).map(([key, projection]) =>
        rowShape(tuning, key as ProjectionName, projection),
      );
      for (const { workgroup, lanes, rowsPerTeam } of shapes) {
        expect([1, 2, 4, 8, 16, 32]).toContain(lanes);
        expect(rowsPerTeam).toBeGreaterThanOrEqual(1);
        expect(rowsPerTeam).toBeLessThanOrEqual(Math.min(4, lanes));
        expect(workgroup).toBeLessThanOrEqual(gpu.limits.maxComputeInvocationsPerWorkgroup);
      }
      return JSON.stringify([tuning.plan, tuning.ahead, shapes]);
    });
    expect(new Set(cuts).size).toBe(found.size);
  });

  it('are those that fit into the device’s workgroup memory', () => {
    const limits = Object.create(gpu.limits, { maxComputeWorkgroupStorageSize: { value: 1024 } }) as GPUSupportedLimits;
    const small = disguised(gpu, { limits });
    const found = candidates(small, config, { ...chooseTuning(small), plan: 'split' });
    expect(found.size).toBeGreaterThan(1);
    expect([...found.values()].every(({ plan }) => plan === 'split')).toBe(true);
    expect([...candidates(small, config, chooseTuning(small)).keys()]).toEqual(['split']);
  });
});
