// An element of an embedding table of bfloat16, two to a word.
fn embeddingAt(row: u32, column: u32) -> f32 {
  let index = row * H + column;
  return bitcast<f32>((table[index / 2u] >> (16u * (index % 2u))) << 16u);
}
