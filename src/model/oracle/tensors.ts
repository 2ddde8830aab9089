import type { ModelConfig } from '../config';
import { encodeTernary } from '../ternary';
import { lowerBoundRows, projections } from './weights';
import type { ModelWeights } from './weights';

/**
 * The bytes of every logical tensor of the pack that holds these weights, embeddings as F32.
 * Source: docs/MODEL.md section 8 for the names, docs/PACK.md for the encoding.
 */
export function* weightsToPackTensors(
  config: ModelConfig,
  weights: ModelWeights,
): Generator<{ name: string; bytes: Uint8Array }> {
  yield float('model.embeddings.weight', weights.embeddings);
  if (config.useLowerBound) yield float('model.lower_bounds_effective', lowerBoundRows(config, weights));
  for (const [index, layer] of weights.layers.entries()) {
    const prefix = `model.layers.${index}`;
    yield float(`${prefix}.attn_norm.weight`, layer.attnNorm);
    yield float(`${prefix}.attn.g_norm.weight`, layer.outputNorm);
    yield float(`${prefix}.mlp_norm.weight`, layer.mlpNorm);
  }
  yield float('model.norm.weight', weights.finalNorm);
  for (const { name, matrix, norm } of projections(weights)) {
    yield { name: `${name}.weight.codes`, bytes: encodeTernary(matrix.codes) };
    yield float(`${name}.weight.magnitude`, Float32Array.of(matrix.magnitude));
    yield float(`${name}.norm.weight`, norm);
  }
}

function float(name: string, values: Float32Array): { name: string; bytes: Uint8Array } {
  return { name, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}
