import type { ModelConfig } from '../config';
import { EMBEDDING_BYTES, type EmbeddingType } from '../tensors';
import { headLayout, layerLayout, type MatrixPlace, SCALARS } from './weight-layout';
import type { Weights } from './weights';

/** Bytes of a pack tensor that are copied as they are. */
export interface CopySpan {
  /** First byte within the tensor, and how many. */
  from: number;
  bytes: number;
  buffer: GPUBuffer;
  /** Byte within `buffer`. */
  offset: number;
}

/** Where a pack tensor goes: copied, or expanded from base 3. */
export type UploadTarget = { copies: CopySpan[] } | { matrix: MatrixPlace; buffer: GPUBuffer };

type Gains = Record<string, { vector: { length: number }; start: number }>;

/** Where each tensor of a pack (docs/PACK.md) goes on the GPU, by name. */
export function uploadTargets(
  config: ModelConfig,
  embeddings: EmbeddingType,
  weights: Weights,
): Map<string, UploadTarget> {
  const targets = new Map<string, UploadTarget>();
  const gain = (name: string, buffer: GPUBuffer, gains: Gains, key: string) => {
    const { vector, start } = gains[key];
    targets.set(name, {
      copies: [{ from: 0, bytes: vector.length * 4, buffer, offset: start * 16 }],
    });
  };
  const matrix = (name: string, buffer: GPUBuffer, place: MatrixPlace, scalar: number) => {
    targets.set(`${name}.weight.codes`, { matrix: place, buffer });
    targets.set(`${name}.weight.magnitude`, {
      copies: [{ from: 0, bytes: 4, buffer, offset: scalar * 4 }],
    });
  };

  const layer = layerLayout(config, weights.format);
  weights.layers.forEach((buffer, index) => {
    const prefix = `model.layers.${index}`;
    for (const [projection, path] of [
      ['i', 'attn'],
      ['f', 'attn'],
      ['g', 'attn'],
      ['o', 'attn'],
      ['gate', 'mlp'],
      ['down', 'mlp'],
    ] as const) {
      const name = `${prefix}.${path}.${projection}_proj`;
      matrix(name, buffer, layer.matrices[`${projection}Proj`], SCALARS[`${projection}Proj`]);
      gain(`${name}.norm.weight`, buffer, layer.gains, `${projection}Norm`);
    }
    gain(`${prefix}.attn_norm.weight`, buffer, layer.gains, 'attnNorm');
    gain(`${prefix}.attn.g_norm.weight`, buffer, layer.gains, 'outputNorm');
    gain(`${prefix}.mlp_norm.weight`, buffer, layer.gains, 'mlpNorm');
  });

  const stateBytes = config.stateSize * 4;
  targets.set('model.lower_bounds_effective', {
    copies: weights.layers.map((buffer, index) => ({
      from: index * stateBytes,
      bytes: stateBytes,
      buffer,
      offset: layer.gains.lowerBound.start * 16,
    })),
  });

  const head = headLayout(config, weights.format);
  matrix('lm_head', weights.head, head.matrices.head, SCALARS.head);
  gain('model.norm.weight', weights.head, head.gains, 'finalNorm');
  gain('lm_head.norm.weight', weights.head, head.gains, 'headNorm');

  const rowBytes = config.hiddenSize * EMBEDDING_BYTES[embeddings];
  targets.set('model.embeddings.weight', {
    copies: weights.embeddings.map((segment) => ({
      from: segment.firstRow * rowBytes,
      bytes: segment.bytes,
      buffer: segment.table,
      offset: 0,
    })),
  });
  targets.set('model.embeddings.weight.scales', {
    copies: weights.embeddings.map((segment) => ({
      from: segment.firstRow * 4,
      bytes: segment.rows * 4,
      buffer: segment.parameters,
      offset: 32,
    })),
  });
  return targets;
}
