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

/** The buffers of group 0 in the step's kernels, by binding. */
export interface WorkingBuffers {
  step: GPUBuffer;
  /** Residual stream, f32 [T, H padded to 4]. */
  x: GPUBuffer;
  /** Quantised activations and their scales (src/shaders/quantise.wgsl). */
  quantised: GPUBuffer;
  /** f32: the mix region [T, 3, D padded to 4] and the GLU region [T, I padded to 4]. */
  hidden: GPUBuffer;
  /** f32 [slots, L, D]. */
  state: GPUBuffer;
  /** f32 [logitRows, V]. */
  logits: GPUBuffer;
}

/**
 * The GLU region takes the place of the mix region, which is read before: memory is dear. Where rows are padded each keeps
 * to its own, as nobody but the allocation writes the zeros.
 */
function isOverlaid(config: ModelConfig): boolean {
  const { state, intermediate } = dimensions(config);
  return [state, intermediate].every(({ length, quads }) => length === quads * 4);
}

/** First vec4 of the GLU region in `hidden`. */
export function gluQuad(config: ModelConfig, { sliceTokens }: Capacity): number {
  return isOverlaid(config) ? 0 : sliceTokens * 3 * dimensions(config).state.quads;
}

/** Vectors of 16 bytes that a token of a slice takes, by buffer. */
function tokenQuads(config: ModelConfig): Record<'x' | 'quantised' | 'hidden', number> {
  const { hidden, state, intermediate } = dimensions(config);
  const regions = [3 * state.quads, intermediate.quads];
  return {
    x: hidden.quads,
    quantised: Math.max(3 * (hidden.words + 1), state.words + 1, intermediate.words + 1),
    hidden: isOverlaid(config) ? Math.max(...regions) : regions[0] + regions[1],
  };
}

/** Bytes of working memory that a token of a slice takes. */
export function tokenBytes(config: ModelConfig): number {
  const { x, quantised, hidden } = tokenQuads(config);
  return (x + quantised + hidden) * 16;
}

/** Bytes of one state, f32 [L, D]. */
export function stateBytes(config: ModelConfig): number {
  return config.layerCount * config.stateSize * 4;
}

export function allocateWorkingBuffers(gpu: GpuDevice, config: ModelConfig, capacity: Capacity): WorkingBuffers {
  const { sliceTokens, logitRows, slots } = capacity;
  const quads = tokenQuads(config);
  const copyable = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const create = (kind: string, label: string, bytes: number) => gpu.memory.create(kind, label, bytes, copyable);
  return {
    step: create('activations', 'step', (STEP_HEADER_WORDS + slots + sliceTokens) * 4),
    x: create('activations', 'x', sliceTokens * quads.x * 16),
    quantised: create('activations', 'quantised', sliceTokens * quads.quantised * 16),
    hidden: create('activations', 'hidden', sliceTokens * quads.hidden * 16),
    state: create('state', 'state', slots * stateBytes(config)),
    logits: create('activations', 'logits', logitRows * config.vocabSize * 4),
  };
}
