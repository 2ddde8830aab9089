import type { Row, RowInput } from './row';

/** One row of activations as 8-bit integers. */
export interface QuantisedRow {
  /** `round(y · scale)`, halves away from zero [N]. */
  q: Int8Array;
  /** `a = 127 / max(|y|)`: the row stands for `q / a`. */
  scale: number;
  /** `y · a` before rounding [N]: tells how close each element was to the next integer. */
  unrounded: Row;
}

/** The absolute maximum that an all-zero row is given, so that its scale stays finite. */
export const SMALLEST_ABSOLUTE_MAXIMUM = 1e-5;

/** Quantises one normed row [N] to 8 bits by its absolute maximum. Source: docs/MODEL.md section 3. */
export function quantiseRow(y: RowInput): QuantisedRow {
  let absoluteMaximum = SMALLEST_ABSOLUTE_MAXIMUM;
  for (const value of y) absoluteMaximum = Math.max(absoluteMaximum, Math.abs(value));
  const scale = 127 / absoluteMaximum;
  const unrounded = Float64Array.from(y, (value) => value * scale);
  const q = Int8Array.from(unrounded, (value) => Math.max(-128, Math.min(127, roundHalfAwayFromZero(value))));
  return { q, scale, unrounded };
}

/** Nearest integer, halves away from zero, where `Math.round` would send negative halves up. */
export function roundHalfAwayFromZero(value: number): number {
  const magnitude = Math.abs(value);
  const whole = Math.trunc(magnitude);
  return Math.sign(value) * (magnitude - whole >= 0.5 ? whole + 1 : whole);
}

/** How far an unrounded value lies from the nearest point where its rounding changes, 0 to 0.5. */
export function roundingMargin(unrounded: number): number {
  return Math.abs((Math.abs(unrounded) % 1) - 0.5);
}
