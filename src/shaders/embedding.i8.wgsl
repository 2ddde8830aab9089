// An element of an embedding table of int8 with a float32 scale a row, four to a word; the scales follow the scalars.
fn embeddingAt(row: u32, column: u32) -> f32 {
  let index = row * H + column;
  let value = extractBits(bitcast<i32>(table[index / 4u]), 8u * (index % 4u), 8u);
  return f32(value) * parameters[8u + row];
}
