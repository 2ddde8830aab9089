import type { GpuDevice } from '../../gpu/device';
import type { ModelConfig } from '../config';
import { dimensions } from './dimensions';

/** Sizes of a step's working memory. */
export interface Capacity {
  /** Tokens that one prefill slice feeds at most; a multiple of the tokens a block. */
  sliceTokens: number;
  /** Rows of logits that are computed at once at most. */
  logitRows: number;
  /** Slots of the state ring. */
  slots: number;
}

/** Words of Step (src/shaders/step.wgsl) before `results`. */
export const STEP_HEADER_WORDS = 8;

/** What a region of the working memory holds (src/shaders/working.wgsl). */
export type Region = 'x' | 'quantised' | 'mix' | 'glu' | 'state' | 'logits';

/** Where a region lies, in bytes. */
export interface Place {
  offset: number;
  bytes: number;
}

/** The buffers of group 0 in the step's kernels. */
export interface WorkingBuffers {
  step: GPUBuffer;
  memory: GPUBuffer;
  regions: Record<Region, Place>;
}

/**
 * The GLU region takes the place of the mix region, which is read before: memory is dear. Where rows are padded each keeps
 * to its own, as nobody but the allocation writes the zeros.
 */
function isOverlaid(config: ModelConfig): boolean {
  const { state, intermediate } = dimensions(config);
  return [state, intermediate].every(({ length, quads }) => length === quads * 4);
}

/** Vectors of 16 bytes that a token of a slice takes, by region. */
function tokenQuads(config: ModelConfig): Record<'x' | 'quantised' | 'mix' | 'glu', number> {
  const { hidden, state, intermediate } = dimensions(config);
  return {
    x: hidden.quads,
    quantised: Math.max(3 * (hidden.words + 1), state.words + 1, intermediate.words + 1),
    mix: 3 * state.quads,
    glu: intermediate.quads,
  };
}

/** Bytes of working memory that a token of a slice takes. */
export function tokenBytes(config: ModelConfig): number {
  const { x, quantised, mix, glu } = tokenQuads(config);
  return (x + quantised + (isOverlaid(config) ? Math.max(mix, glu) : mix + glu)) * 16;
}

/** Bytes of one state, f32 [L, D]. */
export function stateBytes(config: ModelConfig): number {
  return config.layerCount * config.stateSize * 4;
}

/** Regions begin where any device lets a binding begin. */
const ALIGNMENT = 256;

/**
 * The regions, in order: x, f32 [T, H padded to 4]; quantised (src/shaders/quantise.wgsl); mix, f32 [T, 3, D padded to 4];
 * glu, f32 [T, I padded to 4]; state, f32 [slots, L, D]; logits, f32 [logitRows, V].
 */
export function workingRegions(config: ModelConfig, capacity: Capacity): Record<Region, Place> {
  const { sliceTokens, logitRows, slots } = capacity;
  const quads = tokenQuads(config);
  let end = 0;
  const place = (bytes: number, offset = end): Place => {
    end = Math.max(end, offset + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    return { offset, bytes };
  };
  const x = place(sliceTokens * quads.x * 16);
  const quantised = place(sliceTokens * quads.quantised * 16);
  const mix = place(sliceTokens * quads.mix * 16);
  const glu = place(sliceTokens * quads.glu * 16, isOverlaid(config) ? mix.offset : end);
  const state = place(slots * stateBytes(config));
  const logits = place(logitRows * config.vocabSize * 4);
  return { x, quantised, mix, glu, state, logits };
}

/** Where the regions begin, as kernels count. */
export function regionConstants(config: ModelConfig, capacity: Capacity): Record<string, number> {
  const { x, quantised, mix, glu, state, logits } = workingRegions(config, capacity);
  return {
    X_START: x.offset / 16,
    QUANTISED_START: quantised.offset / 16,
    MIX_START: mix.offset / 16,
    GLU_START: glu.offset / 16,
    STATE_START: state.offset / 16,
    LOGITS_START: logits.offset / 16,
  };
}

export function allocateWorkingBuffers(gpu: GpuDevice, config: ModelConfig, capacity: Capacity): WorkingBuffers {
  const { slots, sliceTokens } = capacity;
  const copyable = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const regions = workingRegions(config, capacity);
  const { state, logits } = regions;
  // Whole vec4s: kernels see no part of one.
  const bytes = Math.ceil((logits.offset + logits.bytes) / 16) * 16;
  const kinds = { activations: state.offset + bytes - logits.offset, state: logits.offset - state.offset };
  const stepBytes = (STEP_HEADER_WORDS + slots + sliceTokens) * 4;
  return {
    step: gpu.memory.create('activations', 'step', stepBytes, copyable),
    memory: gpu.memory.createShared(kinds, 'working memory', copyable),
    regions,
  };
}

/** The logits as a binding of their own. */
export function logitsBinding({ memory, regions }: WorkingBuffers): GPUBufferBinding {
  return { buffer: memory, offset: regions.logits.offset, size: regions.logits.bytes };
}
