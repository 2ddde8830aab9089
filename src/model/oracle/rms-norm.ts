/**
 * `x · (1 / sqrt(mean(x²) + epsilon)) · gain`, multiplied in this order, in float32; only the mean is summed in float64.
 * Source: docs/MODEL.md section 2.
 *
 * @param x the row [N]
 * @param gain the learned gain [N]
 * @returns the normed row [N]
 */
export function rmsNorm(x: Float32Array, gain: Float32Array, epsilon: number): Float32Array {
  const reciprocal = reciprocalRootMeanSquare(x, epsilon);
  return x.map((value, index) => Math.fround(value * reciprocal) * gain[index]);
}

/** `1 / sqrt(mean(x²) + epsilon)` of a row [N], a float32. */
export function reciprocalRootMeanSquare(x: Float32Array, epsilon: number): number {
  let squares = 0;
  for (const value of x) squares += value * value;
  const mean = Math.fround(squares / x.length);
  return Math.fround(1 / Math.fround(Math.sqrt(Math.fround(mean + epsilon))));
}
