// A word of codes as its four bytes are made up: five base-3 digits, the first of the highest place, as a fraction of 243
// that is scaled up to 256 and rounded up. Scaled down again and rounded down, it is the number that it was.
const CODES_PER_WORD = 20u;
// What digit n of a byte counts.
const WORTH = array<u32, 5>(81u, 27u, 9u, 3u, 1u);

fn bytesOf(word: u32) -> vec4u {
  return (((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu)) * 243u) >> vec4u(8u);
}

fn wordOf(bytes: vec4u) -> u32 {
  let scaled = (bytes * 256u + 242u) / 243u;
  return scaled.x | (scaled.y << 8u) | (scaled.z << 16u) | (scaled.w << 24u);
}
