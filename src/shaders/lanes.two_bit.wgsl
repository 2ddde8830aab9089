// A word of codes as its four bytes are made up: 2-bit codes.
const CODES_PER_WORD = 16u;
// What digit n of a byte counts.
const WORTH = array<u32, 4>(1u, 4u, 16u, 64u);

fn bytesOf(word: u32) -> vec4u {
  return (vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu);
}

fn wordOf(bytes: vec4u) -> u32 {
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}
