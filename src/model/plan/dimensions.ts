import type { ModelConfig } from '../config';

/** How a vector of `length` floats or codes lies on the GPU. */
export interface VectorLayout {
  /** Elements. */
  length: number;
  /** vec4 of float32 that hold it, padded with zeros. */
  quads: number;
  /** vec4 of 16 int8 that hold it, a multiple of 4; as many 32-bit words hold its 2-bit codes. */
  words: number;
}

/** Sizes of a model as the kernels need them. */
export interface Dimensions {
  /** H, the residual stream. */
  hidden: VectorLayout;
  /** D, the recurrent state of a layer. */
  state: VectorLayout;
  /** I, the GLU. */
  intermediate: VectorLayout;
}

export function vectorLayout(length: number): VectorLayout {
  return { length, quads: Math.ceil(length / 4), words: Math.ceil(length / 64) * 4 };
}

export function dimensions(config: ModelConfig): Dimensions {
  return {
    hidden: vectorLayout(config.hiddenSize),
    state: vectorLayout(config.stateSize),
    intermediate: vectorLayout(config.intermediateSize),
  };
}
