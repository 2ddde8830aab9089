import { BITLINEAR_EPSILON } from '../config';
import { quantiseRow } from './quantise-row';
import type { QuantisedRow } from './quantise-row';
import { rmsNorm } from './rms-norm';
import type { Row, RowInput } from './row';
import { ternaryMultiply } from './ternary-multiply';
import type { TernaryMatrix } from './weights';

/** A projection of one row, with every step on the way. */
export interface BitLinearRow extends QuantisedRow {
  /** What came in [columns]. */
  input: RowInput;
  /** The input after the projection's own norm [columns]. */
  normed: Row;
  /** `q · Wᵀ` [rows]. */
  sums: Int32Array;
  /** `sums · magnitude / scale` [rows]. */
  output: Row;
}

/**
 * BitLinear: norm, 8-bit activations, ternary weights. Source: docs/MODEL.md section 3.
 *
 * @param input the row [columns]
 * @param gain of the projection's own norm [columns]
 */
export function bitLinear(input: RowInput, gain: Float32Array, matrix: TernaryMatrix): BitLinearRow {
  const normed = rmsNorm(input, gain, BITLINEAR_EPSILON);
  const quantised = quantiseRow(normed);
  const sums = ternaryMultiply(quantised.q, matrix);
  return { ...quantised, input, normed, sums, output: dequantise(sums, matrix.magnitude, quantised.scale) };
}

/** Integer sums back to floats: `sums · magnitude / scale` [rows]. */
export function dequantise(sums: Int32Array, magnitude: number, scale: number): Row {
  return Float64Array.from(sums, (sum) => (sum * magnitude) / scale);
}
