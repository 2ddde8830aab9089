import type { GpuDevice } from '../../gpu/device';

/** How invocations share the work; every choice gives the same bits. */
export interface Tuning {
  /** `fused`: every workgroup norms and quantises again (4 dispatches a layer); `split`: a dispatch of its own (8). */
  plan: 'fused' | 'split';
  /** Invocations a workgroup. One number for all kernels: it fixes the order of float sums. */
  workgroup: number;
  /** Who works on one row of a matrix. */
  team: 'subgroup' | 'workgroup' | 'single';
  /** Invocations of a team; of a subgroup, what most GPUs have. */
  lanes: number;
  /** Words of a row that a lane asks for ahead of the work before them. */
  earlyWords: number;
  /** Rows a workgroup of a projection. */
  rowsPerGroup: number;
  /** Tokens for which a prefill kernel uses a weight word that it has read. */
  tokensPerBlock: number;
}

/** A sane default for the device. CPU adapters pay for barriers and for repeated heads, GPUs for dispatches. */
export function chooseTuning(gpu: GpuDevice, forced: Partial<Tuning> = {}): Tuning {
  const { fallback } = gpu.adapter;
  const subgroups = gpu.features.has('subgroups');
  const workgroup = forced.workgroup ?? (fallback ? 64 : 256);
  const wanted = forced.team ?? (fallback ? 'single' : 'subgroup');
  const team = wanted === 'subgroup' && !subgroups ? 'workgroup' : wanted;
  const lanes = { single: 1, subgroup: 32, workgroup: 16 }[team];
  return {
    plan: fallback ? 'split' : 'fused',
    lanes,
    earlyWords: team === 'single' ? 1 : 8,
    rowsPerGroup: workgroup / lanes,
    tokensPerBlock: 8,
    ...forced,
    workgroup,
    team,
  };
}
