import type { GpuDevice } from '../../gpu/device';
import type { CodeFormat } from './code-format';
import type { ProjectionName } from './projections';
import type { RowShape } from './row-shape';
import type { TileShape } from './tile-shape';

/** How invocations share the work; every choice gives the same bits. */
export interface Tuning extends TileShape {
  /** `fused`: every workgroup norms and quantises again (4 dispatches a layer); `split`: a dispatch of its own (8). */
  plan: 'fused' | 'split';
  /** How ternary codes lie in memory. */
  codes: CodeFormat;
  /** Invocations a workgroup: 64, 128 or 256. */
  workgroup: number;
  /** Whether invocations exchange what they add up within subgroups, in workgroup memory, or not at all. */
  team: 'subgroup' | 'workgroup' | 'single';
  /** Invocations that are sure to share a subgroup: the size of the smallest. */
  subgroup: number;
  /** Whether kernels' short loops are written out: faster code on GPUs, slow compilation on CPU adapters. */
  unroll: boolean;
  /** Whether a kernel of a decode step asks for what the next one will read. */
  ahead: boolean;
  /** How each projection's rows are cut, where not as `rowShape` says. */
  shapes: Partial<Record<ProjectionName, Partial<RowShape>>>;
  /** Tokens for which a prefill kernel uses a weight word that it has read. */
  tokensPerBlock: number;
  /** Kernels of a prefill slice: `tiles` in workgroup memory, or blocks of tokens `rows` by rows, as in decode. */
  prefill: 'tiles' | 'rows';
  /** Tokens of a slice from which tiles pay. */
  tilesFrom: number;
  /** Tiles of a projection and slice below which smaller ones are made; about two for each core of a large GPU. */
  tilesWanted: number;
}

/** What WebGPU promises of subgroups; a browser that tells no size may have any. */
const SMALLEST_SUBGROUP = 4;

/** A sane default for the device. CPU adapters pay for barriers and for repeated heads, GPUs for dispatches. */
export function chooseTuning(gpu: GpuDevice, forced: Partial<Tuning> = {}): Tuning {
  const { fallback, subgroupSize } = gpu.adapter;
  const wanted = forced.team ?? (fallback ? 'single' : 'subgroup');
  const canExchange = gpu.features.has('subgroups') && subgroupSize >= SMALLEST_SUBGROUP;
  const team = wanted === 'subgroup' && !canExchange ? 'workgroup' : wanted;
  return {
    plan: fallback ? 'split' : 'fused',
    codes: 'two-bit',
    workgroup: fallback ? 64 : 256,
    subgroup: subgroupSize,
    unroll: !fallback,
    ahead: !fallback,
    shapes: {},
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

/** Whether options force how kernels are cut. What the codes are stored as is no matter of speed alone. */
export function isForced(gpu: GpuDevice, options: Partial<Tuning>): boolean {
  return Object.keys(chooseTuning(gpu)).some((name) => name !== 'codes' && name in options);
}

/** Tokens of a slice that cost as much as fewer ones. */
export function prefillGrain({ prefill, tileTokens, tokensPerBlock }: Tuning): number {
  return prefill === 'tiles' ? tileTokens : tokensPerBlock;
}
