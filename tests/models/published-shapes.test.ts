import { afterAll, expect, it } from 'vitest';
import { GpuError } from '../../src/errors';
import { KernelCompiler } from '../../src/gpu/kernel';
import { createStepLayouts, StepKernels } from '../../src/model/plan/kernels';
import { tuningThatFits } from '../../src/model/plan/fused-memory';
import { headLayout, layerLayout } from '../../src/model/plan/weight-layout';
import { chooseTuning } from '../../src/model/plan/tuning';
import { disguised, gpuTestDevice } from '../support/gpu-test-device';
import { tinyConfig } from '../support/tiny-config';

const PROJECTIONS = ['mix', 'output', 'gateUp', 'down', 'head'] as const;
/** The widest published model (docs/MODEL.md section 7): its rows take the most workgroup memory. */
const WIDEST = tinyConfig({ vocabSize: 32000, hiddenSize: 2560, stateSize: 2560, intermediateSize: 6912 });

const CAPACITY = { sliceTokens: 128, logitRows: 8, slots: 25 };

const device = gpuTestDevice({ defaultLimits: true });
afterAll(async () => {
  (await device).dispose();
});

it.each([
  ['workgroup', 'two-bit'],
  ['subgroup', 'two-bit'],
  ['workgroup', 'base-3'],
] as const)(
  "the fused kernels of the 2.7B model fit WebGPU's default limits, team: %s, codes: %s",
  async (team, codes) => {
    const gpu = await device;
    const adapter = { ...gpu.adapter, fallback: false };
    const tuning = chooseTuning(disguised(gpu, { adapter }), { team, codes, unroll: false });
    expect(tuningThatFits(gpu, WIDEST, tuning).plan).toBe('fused');
    const kernels = new StepKernels(gpu, new KernelCompiler(gpu), createStepLayouts(gpu), WIDEST, CAPACITY, tuning);
    const pipelines = await Promise.all(PROJECTIONS.map((name) => kernels.fused(name)));
    expect(pipelines).toHaveLength(PROJECTIONS.length);
    for (const name of PROJECTIONS) expect(kernels.rowGroups(name)).toBeLessThanOrEqual(65535);
  },
);

it.each([
  ['two-bit', 2],
  ['base-3', 1.62],
] as const)('the codes of the 2.7B model take little more than they must: %s', (codes, mostBits) => {
  const { hiddenSize, stateSize, intermediateSize } = WIDEST;
  const weights = 4 * hiddenSize * stateSize + 3 * hiddenSize * intermediateSize;
  expect((layerLayout(WIDEST, codes).weightBytes * 8) / weights).toBeLessThanOrEqual(mostBits);
  expect((headLayout(WIDEST, codes).weightBytes * 8) / (32000 * hiddenSize)).toBeLessThanOrEqual(mostBits);
});

it("the tiled kernels of the 2.7B model fit WebGPU's default limits", async () => {
  const gpu = await device;
  const adapter = { ...gpu.adapter, fallback: false };
  const tuning = chooseTuning(disguised(gpu, { adapter }));
  expect(tuning.prefill).toBe('tiles');
  const kernels = new StepKernels(gpu, new KernelCompiler(gpu), createStepLayouts(gpu), WIDEST, CAPACITY, tuning);
  expect(await Promise.all(PROJECTIONS.map((name) => kernels.tile(name)))).toHaveLength(PROJECTIONS.length);
});

it('a wider model takes the split plan where its fused kernels do not compile', async () => {
  const gpu = await device;
  const wide = tinyConfig({ vocabSize: 300, hiddenSize: 6144, stateSize: 6144, intermediateSize: 64 });
  const tuning = chooseTuning(gpu, { plan: 'fused', workgroup: 256, team: 'subgroup' });
  const kernels = new StepKernels(gpu, new KernelCompiler(gpu), createStepLayouts(gpu), wide, CAPACITY, tuning);
  await expect(kernels.fused('mix')).rejects.toThrow(GpuError);
  const fitting = tuningThatFits(gpu, wide, tuning);
  expect(fitting).toEqual({ ...tuning, plan: 'split' });
  const split = new StepKernels(gpu, new KernelCompiler(gpu), createStepLayouts(gpu), wide, CAPACITY, fitting);
  await Promise.all(PROJECTIONS.flatMap((name) => [split.quantise(name, 'one'), split.stored(name, 'one')]));
});
