import type { ModelConfig } from './config';
import { ternaryByteLength } from './ternary';

/** How the embedding table is stored: as in the checkpoint, or as int8 rows with a scale each. */
export type EmbeddingType = 'F32' | 'F16' | 'BF16' | 'I8';

/** Bytes of one embedding value. */
export const EMBEDDING_BYTES: Readonly<Record<EmbeddingType, number>> = { F32: 4, F16: 2, BF16: 2, I8: 1 };

/** One logical tensor of a pack: ternary codes are U8, floats are F32, the embedding is of the pack's type. */
export interface PackTensor {
  name: string;
  kind: 'ternary' | 'float' | 'embedding';
  /** Of the values, not of the stored bytes: rows by columns, or one dimension. */
  shape: number[];
  /** Bytes as stored. */
  byteLength: number;
}

/** A ternary matrix and the norm in front of it, by the checkpoint name less `.weight`. Shape: [outputs, inputs]. */
export interface Projection {
  name: string;
  rows: number;
  columns: number;
}

/** The six projections of block `layer`. Source: docs/MODEL.md section 8. */
export function layerProjections(config: ModelConfig, layer: number): Projection[] {
  const { hiddenSize: hidden, stateSize: state, intermediateSize: intermediate } = config;
  const prefix = `model.layers.${layer}`;
  return [
    { name: `${prefix}.attn.i_proj`, rows: state, columns: hidden },
    { name: `${prefix}.attn.f_proj`, rows: state, columns: hidden },
    { name: `${prefix}.attn.g_proj`, rows: state, columns: hidden },
    { name: `${prefix}.attn.o_proj`, rows: hidden, columns: state },
    { name: `${prefix}.mlp.gate_proj`, rows: 2 * intermediate, columns: hidden },
    { name: `${prefix}.mlp.down_proj`, rows: hidden, columns: intermediate },
  ];
}

/** The language model head, a ternary projection as well; there also when its weights are tied to the embedding. */
export function headProjection(config: ModelConfig): Projection {
  return { name: 'lm_head', rows: config.vocabSize, columns: config.hiddenSize };
}

/**
 * All logical tensors of a pack, in the order in which the converter writes them. The embedding is last, because its
 * byte length alone need not be a multiple of 4. Source: docs/PACK.md, docs/MODEL.md section 8.
 */
export function packTensors(config: ModelConfig, embeddings: EmbeddingType): PackTensor[] {
  const { vocabSize, hiddenSize, stateSize, layerCount } = config;
  const tensors: PackTensor[] = [];
  if (config.useLowerBound) tensors.push(float('model.lower_bounds_effective', layerCount, stateSize));
  for (let layer = 0; layer < layerCount; layer++) {
    const prefix = `model.layers.${layer}`;
    tensors.push(
      float(`${prefix}.attn_norm.weight`, hiddenSize),
      float(`${prefix}.attn.g_norm.weight`, stateSize),
      float(`${prefix}.mlp_norm.weight`, hiddenSize),
      ...layerProjections(config, layer).flatMap(projectionTensors),
    );
  }
  tensors.push(float('model.norm.weight', hiddenSize), ...projectionTensors(headProjection(config)));
  if (embeddings === 'I8') tensors.push(float('model.embeddings.weight.scales', vocabSize));
  tensors.push({
    name: 'model.embeddings.weight',
    kind: 'embedding',
    shape: [vocabSize, hiddenSize],
    byteLength: vocabSize * hiddenSize * EMBEDDING_BYTES[embeddings],
  });
  return tensors;
}

function projectionTensors({ name, rows, columns }: Projection): PackTensor[] {
  const codes: PackTensor = {
    name: `${name}.weight.codes`,
    kind: 'ternary',
    shape: [rows, columns],
    byteLength: ternaryByteLength(rows * columns),
  };
  return [codes, float(`${name}.weight.magnitude`, 1), float(`${name}.norm.weight`, columns)];
}

function float(name: string, ...shape: number[]): PackTensor {
  return { name, kind: 'float', shape, byteLength: 4 * shape.reduce((product, length) => product * length, 1) };
}
