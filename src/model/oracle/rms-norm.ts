import type { Row, RowInput } from './row';

/**
 * `x · (1 / sqrt(mean(x²) + epsilon)) · gain`. Source: docs/MODEL.md section 2.
 *
 * @param x the row [N]
 * @param gain the learned gain [N]
 * @returns the normed row [N]
 */
export function rmsNorm(x: RowInput, gain: Float32Array, epsilon: number): Row {
  const reciprocal = reciprocalRootMeanSquare(x, epsilon);
  return Float64Array.from(x, (value, index) => value * reciprocal * gain[index]);
}

/** `1 / sqrt(mean(x²) + epsilon)` of a row [N]. */
export function reciprocalRootMeanSquare(x: RowInput, epsilon: number): number {
  let squares = 0;
  for (const value of x) squares += value * value;
  return 1 / Math.sqrt(squares / x.length + epsilon);
}
