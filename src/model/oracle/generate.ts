import { RequestError } from '../../errors';
import type { ModelConfig } from '../config';
import { forward } from './forward';
import type { ModelWeights } from './weights';

/** Token ids chosen greedily, and what the model held when it chose the last of them. */
export interface GreedyGeneration {
  /** The generated tokens [count]. */
  ids: number[];
  /** The logits that chose the last token [V]. */
  logits: Float32Array;
  /** The state before the last token is fed `[L, D]`. */
  state: Float32Array;
}

/** Feeds the prompt, then `count` times the likeliest token. Throws a RequestError for an empty prompt. Source: docs/MODEL.md section 9. */
export function generateGreedily(
  config: ModelConfig,
  weights: ModelWeights,
  prompt: readonly number[],
  count: number,
): GreedyGeneration {
  if (prompt.length === 0) throw new RequestError('a prompt needs at least one token', { field: 'prompt' });
  const whole = forward(config, weights, prompt);
  let logits = whole.logits.subarray(-config.vocabSize);
  let state = whole.state;
  const ids: number[] = [];
  while (ids.length < count) {
    if (ids.length > 0) ({ logits, state } = forward(config, weights, ids.slice(-1), state));
    ids.push(argmax(logits));
  }
  return { ids, logits, state };
}

/** The index of the largest value; the lowest of several equal ones, which exact integer sums make possible. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (const [index, value] of values.entries()) if (value > values[best]) best = index;
  return best;
}
