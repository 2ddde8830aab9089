// An element of an embedding table of float16, two to a word. Decoded by integers: unpack2x16float may flush the
// subnormals that trained embeddings do contain.
fn embeddingAt(row: u32, column: u32) -> f32 {
  let index = row * H + column;
  let half = (table[index / 2u] >> (16u * (index % 2u))) & 0xffffu;
  let magnitude = half & 0x7fffu;
  let sign = (half >> 15u) << 31u;
  if (magnitude < 0x400u) {
    let subnormal = f32(magnitude) * 5.9604644775390625e-8;
    return select(subnormal, -subnormal, sign != 0u);
  }
  return bitcast<f32>(sign | ((magnitude << 13u) + 0x38000000u));
}
