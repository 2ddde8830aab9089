// An element of an embedding table of float32.
fn embeddingAt(row: u32, column: u32) -> f32 {
  return bitcast<f32>(table[row * H + column]);
}
