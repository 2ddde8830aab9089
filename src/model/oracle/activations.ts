/** `σ(x) = 1 / (1 + e^-x)`. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** `silu(x) = x · σ(x)`. */
export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
