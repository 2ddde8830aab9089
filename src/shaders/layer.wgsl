// Group 1: the weights of one layer, of the head, or of one segment of the embeddings.
// weights (codes.words.wgsl, codes.quads.wgsl): 2-bit codes; a row of K codes takes ROW_WORDS words, a multiple of 4 that
//   holds them. Code e of a word sits at bits (e % 4) * 8 + (e / 4) * 2, so that (word >> 2j) & 0x03030303 gives codes 4j
//   to 4j+3 in the four byte lanes.
// parameters: vec4 0 and 1 hold eight scalars (layer index, then the matrices' magnitudes), then the gains.
@group(1) @binding(1) var<storage, read> parameters: array<vec4f>;

fn scalarParameter(index: u32) -> f32 {
  return parameters[index / 4u][index % 4u];
}
