/**
 * A row of activations. The oracle computes in float64 between float32 weights and a float32 state: it stands in the middle
 * of all correct float32 implementations, so none is nearer a rounding boundary by the oracle's own doing.
 */
export type Row = Float64Array;

/** What the oracle's functions take: a row of its own, or the float32 values of weights, states and devices. */
export type RowInput = Float32Array | Float64Array;

/** Row `index` of a row-major matrix, as a view. Throws a RangeError if the matrix has no such row. */
export function rowOf(matrix: Float32Array, index: number, columns: number): Float32Array {
  const end = (index + 1) * columns;
  if (index < 0 || end > matrix.length) throw new RangeError(`row ${index} is outside a matrix of ${matrix.length}`);
  return matrix.subarray(index * columns, end);
}

/** The sum of two rows of one length. */
export function addRows(left: RowInput, right: RowInput): Row {
  return Float64Array.from(left, (value, index) => value + right[index]);
}
