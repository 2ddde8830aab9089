// Group 1: the weights of one layer or of the head. The buffer begins with eight scalars (layer index, then the matrices'
// magnitudes) and the gains, all float32, then come 2-bit codes; a row of K codes takes ROW_WORDS words, a multiple of 4
// that holds them. Code e of a word sits at bits (e % 4) * 8 + (e / 4) * 2, so that (word >> 2j) & 0x03030303 gives codes
// 4j to 4j+3 in the four byte lanes.
@group(1) @binding(0) var<storage, read> weights: array<vec4u>;

fn scalarParameter(index: u32) -> f32 {
  return bitcast<f32>(weights[index / 4u][index % 4u]);
}

fn parameterQuad(quad: u32) -> vec4f {
  return bitcast<vec4f>(weights[quad]);
}

fn codesWord(word: u32) -> u32 {
  return weights[word / 4u][word % 4u];
}
