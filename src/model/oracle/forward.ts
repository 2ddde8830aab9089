import { RequestError } from '../../errors';
import type { ModelConfig } from '../config';
import { bitLinear } from './bit-linear';
import type { BitLinearRow } from './bit-linear';
import { block } from './block';
import type { BlockRow } from './block';
import { rmsNorm } from './rms-norm';
import { rowOf } from './row';
import type { RowInput } from './row';
import type { ModelWeights } from './weights';

/** The model on some tokens. */
export interface ForwardResult {
  /** One row of logits a token, `[T, V]` row-major. */
  logits: Float32Array;
  /** The recurrent state after the last token, `[L, D]` row-major. */
  state: Float32Array;
}

/** Sees every step on the way; `position` counts from 0 in the tokens of this call. */
export interface ForwardObserver {
  block?(position: number, layer: number, row: BlockRow): void;
  head?(position: number, row: BitLinearRow): void;
}

/** The state before any token: `[L, D]` zeros. Source: docs/MODEL.md section 9. */
export function initialState(config: ModelConfig): Float32Array {
  return new Float32Array(config.layerCount * config.stateSize);
}

/**
 * The whole model, one token after the other, so any slicing of the tokens into calls gives the same bits.
 * Source: docs/MODEL.md section 1.
 *
 * @param ids the tokens [T]
 * @param before the state before them `[L, D]`; it is not changed
 * @throws RequestError for an id outside the vocabulary
 */
export function forward(
  config: ModelConfig,
  weights: ModelWeights,
  ids: readonly number[],
  before: Float32Array = initialState(config),
  observer: ForwardObserver = {},
): ForwardResult {
  const logits = new Float32Array(ids.length * config.vocabSize);
  const state = before.slice();
  for (const [position, id] of ids.entries()) {
    let x: RowInput = embeddingRow(config, weights, id);
    for (const [index, layer] of weights.layers.entries()) {
      const layerState = rowOf(state, index, config.stateSize);
      const row = block(config, layer, x, layerState);
      layerState.set(row.state);
      x = row.output;
      observer.block?.(position, index, row);
    }
    const head = headRow(config, weights, x);
    logits.set(head.output, position * config.vocabSize);
    observer.head?.(position, head);
  }
  return { logits, state };
}

/** The embedding of one token [H], as a view. Throws a RequestError for an id outside the vocabulary. */
export function embeddingRow(config: ModelConfig, weights: ModelWeights, id: number): Float32Array {
  if (!Number.isInteger(id) || id < 0 || id >= config.vocabSize) {
    throw new RequestError(`token id ${id} is outside the vocabulary of ${config.vocabSize}`, { field: 'ids' });
  }
  return rowOf(weights.embeddings, id, config.hiddenSize);
}

/** Final norm and LM head on one block output [H]; `input` of the result is the final norm's output, `output` the logits [V]. */
export function headRow(config: ModelConfig, weights: ModelWeights, x: RowInput): BitLinearRow {
  return bitLinear(rmsNorm(x, weights.finalNorm, config.rmsNormEpsilon), weights.headNorm, weights.head);
}
