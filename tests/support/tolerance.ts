import { forward } from '../../src/model/oracle/forward';
import { argmax } from '../../src/model/oracle/generate';
import { roundingMargin } from '../../src/model/oracle/quantise-row';
import type { QuantisedRow } from '../../src/model/oracle/quantise-row';
import type { ModelConfig } from '../../src/model/config';
import type { ModelWeights } from '../../src/model/oracle/weights';

// The policy of docs/MODEL.md section 13.

/** A sequence whose rounding margin is at least this must agree closely from end to end. */
export const SAFE_MARGIN = 1e-5;
/** Largest difference of logits, absolute, where the margin is safe. */
export const LOGIT_TOLERANCE = 1e-5;
/** Largest difference of states, absolute, where the margin is safe. */
export const STATE_TOLERANCE = 1e-5;
/** Largest difference of a block's output relative to its root mean square, fed with the golden input of that block. */
export const BLOCK_TOLERANCE = 5e-2;
/** Share of positions whose likeliest token must agree where the margin is not safe. */
export const ARGMAX_AGREEMENT = 0.9;

/** Largest absolute difference of two arrays of one length; NaN counts as infinite. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(actual[index] - expected[index]);
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Largest absolute difference over the root mean square of what is expected. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const squares = Array.from(expected).reduce((sum, value) => sum + value * value, 0);
  const difference = largestDifference(actual, expected);
  return difference === 0 ? 0 : difference / Math.sqrt(squares / expected.length);
}

/** Share of the rows `[T, V]` whose likeliest token is the same. */
export function argmaxAgreement(actual: Float32Array, expected: Float32Array, vocabSize: number): number {
  const rows = expected.length / vocabSize;
  let equal = 0;
  for (let start = 0; start < expected.length; start += vocabSize) {
    const end = start + vocabSize;
    if (argmax(actual.subarray(start, end)) === argmax(expected.subarray(start, end))) equal++;
  }
  return equal / rows;
}

/** Whether an element is so far from a rounding boundary that every correct device rounds it alike. */
export function roundsSafely(unrounded: number): boolean {
  return roundingMargin(unrounded) >= Math.max(SAFE_MARGIN, Math.abs(unrounded) * 2 ** -20);
}

/** What a device's quantised row has to say for itself. */
export interface QuantisedComparison {
  /** Elements that differ though they round safely, or by more than 1: any is a fault. Each as text, for a message. */
  faults: string[];
  /** Elements near a boundary that went the other way: allowed; go on from the oracle's row. */
  flips: number;
}

/** Compares a device's quantised row with the oracle's on the same input. */
export function compareQuantised(actual: Int8Array, oracle: QuantisedRow): QuantisedComparison {
  if (actual.length !== oracle.q.length)
    return { faults: [`length ${actual.length}, not ${oracle.q.length}`], flips: 0 };
  const faults: string[] = [];
  let flips = 0;
  for (const [index, expected] of oracle.q.entries()) {
    const difference = Math.abs(actual[index] - expected);
    if (difference === 0) continue;
    const unrounded = oracle.unrounded[index];
    if (difference === 1 && !roundsSafely(unrounded)) flips++;
    else faults.push(`element ${index}: ${actual[index]}, not ${expected} (${unrounded} before rounding)`);
  }
  return { faults, flips };
}

/**
 * How many of the first tokens every correct device computes closely alike: up to the first one at which some activation
 * lies near a rounding boundary. From there on compare by ARGMAX_AGREEMENT.
 */
export function safeTokens(
  config: ModelConfig,
  weights: ModelWeights,
  ids: readonly number[],
  state?: Float32Array,
): number {
  let safe = ids.length;
  const look = (position: number, rows: readonly QuantisedRow[]) => {
    if (!rows.every(({ unrounded }) => unrounded.every(roundsSafely))) safe = Math.min(safe, position);
  };
  forward(config, weights, ids, state, {
    block: (position, _layer, row) => {
      look(position, [row.iProj, row.fProj, row.gProj, row.oProj, row.gateProj, row.downProj]);
    },
    head: (position, row) => {
      look(position, [row]);
    },
  });
  return safe;
}
