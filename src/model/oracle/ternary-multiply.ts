import type { TernaryMatrix } from './weights';

/**
 * `q · Wᵀ` in exact integers: |sum| <= 128 · columns, far inside int32. Source: docs/MODEL.md section 3.
 *
 * @param q the quantised row [columns]
 * @returns one sum a row of the matrix [rows]
 */
export function ternaryMultiply(q: Int8Array, matrix: TernaryMatrix): Int32Array {
  const { rows, columns, codes } = matrix;
  if (q.length !== columns || codes.length !== rows * columns) {
    throw new RangeError(`a row of ${q.length} and ${codes.length} codes do not fit a ${rows} x ${columns} matrix`);
  }
  const sums = new Int32Array(rows);
  for (let row = 0, offset = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++, offset++) sum += q[column] * codes[offset];
    sums[row] = sum;
  }
  return sums;
}
