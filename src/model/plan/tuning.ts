import type { GpuDevice } from '../../gpu/device';

/** How invocations share the work; every choice gives the same bits. */
export interface Tuning {
  /** `fused`: every workgroup norms and quantises again (4 dispatches a layer); `split`: a dispatch of its own (8). */
  plan: 'fused' | 'split';
  /** Invocations a workgroup. One number for all kernels: it fixes the order of float sums. */
  workgroup: number;
  /** Who works on one row of a matrix. */
  team: 'subgroup' | 'workgroup' | 'single';
  /** Invocations of a `workgroup` team. */
  lanes: number;
  /** Rows a workgroup of a projection. */
  rowsPerGroup: number;
  /** Tokens for which a prefill kernel uses a weight word that it has read. */
  tokensPerBlock: number;
}

/** Choices that a caller may force. */
export type TuningOptions = Partial<Pick<Tuning, 'plan' | 'team'>>;

/** A sane default for the device. CPU adapters pay for barriers and for repeated heads, GPUs for dispatches. */
export function chooseTuning(gpu: GpuDevice, options: TuningOptions = {}): Tuning {
  const fallback = gpu.adapter.fallback;
  const workgroup = fallback ? 64 : 256;
  const bestTeam = fallback ? 'single' : gpu.features.has('subgroups') ? 'subgroup' : 'workgroup';
  const team = options.team === 'subgroup' && !gpu.features.has('subgroups') ? 'workgroup' : (options.team ?? bestTeam);
  const lanes = team === 'single' ? 1 : 16;
  return {
    plan: options.plan ?? (fallback ? 'split' : 'fused'),
    workgroup,
    team,
    lanes,
    rowsPerGroup: team === 'subgroup' ? 8 : workgroup / lanes,
    tokensPerBlock: 8,
  };
}
