import type { GpuDevice } from '../../gpu/device';
import type { TileShape } from './tile-shape';

/** How invocations share the work; every choice gives the same bits. */
export interface Tuning extends TileShape {
  /** `fused`: every workgroup norms and quantises again (4 dispatches a layer); `split`: a dispatch of its own (8). */
  plan: 'fused' | 'split';
  /** Invocations a workgroup where rows are short: 64, 128, 256 or 512. */
  workgroup: number;
  /** Invocations a workgroup of a projection whose rows are long: its head is dear, so fewer workgroups repeat it. */
  longRowWorkgroup: number;
  /** Who works on one row of a matrix. */
  team: 'subgroup' | 'workgroup' | 'single';
  /** Invocations of a team; of a subgroup, what most GPUs have. */
  lanes: number;
  /** Words of a row that a lane asks for ahead of the work before them. */
  earlyWords: number;
  /** Workgroups of a projection at most: beyond it a workgroup takes more rows. */
  groups: number;
  /** Tokens for which a prefill kernel uses a weight word that it has read. */
  tokensPerBlock: number;
  /** Kernels of a prefill slice: `tiles` in workgroup memory, or blocks of tokens `rows` by rows, as in decode. */
  prefill: 'tiles' | 'rows';
  /** Tokens of a slice from which tiles pay. */
  tilesFrom: number;
  /** Tiles of a projection and slice below which smaller ones are made; about two for each core of a large GPU. */
  tilesWanted: number;
}

/** How one projection is cut into workgroups. */
export interface RowShape {
  workgroup: number;
  rowsPerGroup: number;
}

/** Words of 16 codes beyond which a row is long. */
const LONG_ROW_WORDS = 64;

/** A sane default for the device. CPU adapters pay for barriers and for repeated heads, GPUs for dispatches. */
export function chooseTuning(gpu: GpuDevice, forced: Partial<Tuning> = {}): Tuning {
  const { fallback } = gpu.adapter;
  const wanted = forced.team ?? (fallback ? 'single' : 'subgroup');
  const team = wanted === 'subgroup' && !gpu.features.has('subgroups') ? 'workgroup' : wanted;
  const workgroup = fallback ? 64 : 256;
  const mayBeLonger = !fallback && gpu.limits.maxComputeInvocationsPerWorkgroup >= 512;
  return {
    plan: fallback ? 'split' : 'fused',
    workgroup,
    longRowWorkgroup: forced.workgroup ?? (mayBeLonger ? 512 : workgroup),
    lanes: { single: 1, subgroup: 32, workgroup: 16 }[team],
    earlyWords: team === 'single' ? 1 : 8,
    groups: 512,
    tokensPerBlock: 8,
    prefill: fallback ? 'rows' : 'tiles',
    tilesFrom: 24,
    tilesWanted: 256,
    tileTokens: 64,
    tileRows: 64,
    tileWords: 8,
    threadTokens: 8,
    ...forced,
    team,
  };
}

/** Tokens of a slice that cost as much as fewer ones. */
export function prefillGrain({ prefill, tileTokens, tokensPerBlock }: Tuning): number {
  return prefill === 'tiles' ? tileTokens : tokensPerBlock;
}

/** Cuts a projection of `rows` rows of `words` words into workgroups. */
export function rowShape(tuning: Tuning, rows: number, words: number): RowShape {
  const workgroup = words > LONG_ROW_WORDS ? tuning.longRowWorkgroup : tuning.workgroup;
  const teams = workgroup / tuning.lanes;
  return { workgroup, rowsPerGroup: teams * Math.ceil(rows / (teams * tuning.groups)) };
}
