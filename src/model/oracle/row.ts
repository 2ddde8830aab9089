/** Row `index` of a row-major matrix, as a view. Throws a RangeError if the matrix has no such row. */
export function rowOf(matrix: Float32Array, index: number, columns: number): Float32Array {
  const end = (index + 1) * columns;
  if (index < 0 || end > matrix.length) throw new RangeError(`row ${index} is outside a matrix of ${matrix.length}`);
  return matrix.subarray(index * columns, end);
}

/** The float32 sum of two rows of one length. */
export function addRows(left: Float32Array, right: Float32Array): Float32Array {
  return left.map((value, index) => value + right[index]);
}
