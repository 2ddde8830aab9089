/** `σ(x) = 1 / (1 + e^-x)`, rounded to float32. */
export function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}

/** `silu(x) = x · σ(x)`, rounded to float32. */
export function silu(x: number): number {
  return Math.fround(x / (1 + Math.exp(-x)));
}
