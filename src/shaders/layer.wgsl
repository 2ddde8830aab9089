// Group 1: the weights of one layer or of the head. The buffer begins with eight scalars (layer index, then the matrices'
// magnitudes) and the gains, all float32, then come ternary codes as 0, 1, 2; a row of K codes takes GROUPS groups of four
// words that hold them. In either format byte b of a word has codes b, b + 4, b + 8, ..., so that as many operands of four
// codes, a byte each, come of it.
//   two-bit: 16 codes a word. Code e sits at bits (e % 4) * 8 + (e / 4) * 2: (word >> 2j) & 0x03030303 is operand j.
//   base-3: 20 codes a word. A byte with the digits d0 to d4 is ceil((81 d0 + 27 d1 + 9 d2 + 3 d3 + d4) * 256 / 243), so
//   that of the byte times 3^n what is above its eight bits is the number whose digits are d0 to d(n-1).
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
