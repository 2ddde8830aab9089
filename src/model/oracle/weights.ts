import type { ModelConfig } from '../config';

/** One ternary projection, applied as `out = x · Wᵀ`. Source: docs/MODEL.md section 3. */
export interface TernaryMatrix {
  /** Outputs. */
  rows: number;
  /** Inputs. */
  columns: number;
  /** -1, 0 or 1, row-major `[rows, columns]`. */
  codes: Int8Array;
  /** What a code of 1 stands for: `1/s`, the mean absolute latent weight, a float32. */
  magnitude: number;
}

/** One block's parameters. H = hidden size, D = state size, I = intermediate size. Source: docs/MODEL.md sections 4 and 8. */
export interface LayerWeights {
  /** `attn_norm.weight` [H]. */
  attnNorm: Float32Array;
  /** `attn.i_proj` [D, H] and the gain of its own norm [H]. */
  iProj: TernaryMatrix;
  iNorm: Float32Array;
  /** `attn.f_proj` [D, H] and the gain of its own norm [H]. */
  fProj: TernaryMatrix;
  fNorm: Float32Array;
  /** `attn.g_proj` [D, H] and the gain of its own norm [H], which is `g_proj.norm`, not `g_norm`. */
  gProj: TernaryMatrix;
  gNorm: Float32Array;
  /** `attn.g_norm.weight` [D]: the norm of the output gate. */
  outputNorm: Float32Array;
  /** `attn.o_proj` [H, D] and the gain of its own norm [D]. */
  oProj: TernaryMatrix;
  oNorm: Float32Array;
  /** `mlp_norm.weight` [H]. */
  mlpNorm: Float32Array;
  /** `mlp.gate_proj` [2I, H] (gate rows, then up rows) and the gain of its own norm [H]. */
  gateProj: TernaryMatrix;
  gateNorm: Float32Array;
  /** `mlp.down_proj` [H, I] and the gain of its own norm [I]. */
  downProj: TernaryMatrix;
  downNorm: Float32Array;
  /** The effective lower bound of the forget gate [D]: zeros in layer 0 and in models without lower bounds. */
  lowerBound: Float32Array;
}

/** A whole model as plain arrays. Source: docs/MODEL.md section 1. */
export interface ModelWeights {
  /** `model.embeddings.weight` [V, H]. */
  embeddings: Float32Array;
  layers: LayerWeights[];
  /** `model.norm.weight` [H]. */
  finalNorm: Float32Array;
  /** `lm_head` [V, H] and the gain of its own norm [H]; present also when the head is tied. */
  head: TernaryMatrix;
  headNorm: Float32Array;
}

/** One projection with the gain of its norm, under its checkpoint name less `.weight` (`model.layers.0.attn.i_proj`). */
export interface NamedProjection {
  name: string;
  matrix: TernaryMatrix;
  /** The gain of the projection's own norm [columns]. */
  norm: Float32Array;
}

/** All projections of a model, layer by layer, the head last. */
export function* projections(weights: ModelWeights): Generator<NamedProjection> {
  for (const [index, layer] of weights.layers.entries()) {
    const prefix = `model.layers.${index}`;
    yield { name: `${prefix}.attn.i_proj`, matrix: layer.iProj, norm: layer.iNorm };
    yield { name: `${prefix}.attn.f_proj`, matrix: layer.fProj, norm: layer.fNorm };
    yield { name: `${prefix}.attn.g_proj`, matrix: layer.gProj, norm: layer.gNorm };
    yield { name: `${prefix}.attn.o_proj`, matrix: layer.oProj, norm: layer.oNorm };
    yield { name: `${prefix}.mlp.gate_proj`, matrix: layer.gateProj, norm: layer.gateNorm };
    yield { name: `${prefix}.mlp.down_proj`, matrix: layer.downProj, norm: layer.downNorm };
  }
  yield { name: 'lm_head', matrix: weights.head, norm: weights.headNorm };
}

/** The effective lower bounds of all layers, `[L, D]` row-major. Source: docs/MODEL.md section 5. */
export function lowerBoundRows(config: ModelConfig, weights: ModelWeights): Float32Array {
  const rows = new Float32Array(config.layerCount * config.stateSize);
  for (const [index, layer] of weights.layers.entries()) rows.set(layer.lowerBound, index * config.stateSize);
  return rows;
}
