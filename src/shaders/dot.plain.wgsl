// The sum of code * activation over four codes (0, 1, 2), the low two bits of a byte each, and four int8 activations, in
// core WGSL.
fn dotFour(codes: u32, activations: u32) -> i32 {
  let lanes = bitcast<i32>(activations);
  return extractBits(lanes, 0u, 8u) * bitcast<i32>(codes & 3u)
    + extractBits(lanes, 8u, 8u) * bitcast<i32>((codes >> 8u) & 3u)
    + extractBits(lanes, 16u, 8u) * bitcast<i32>((codes >> 16u) & 3u)
    + extractBits(lanes, 24u, 8u) * bitcast<i32>((codes >> 24u) & 3u);
}

// start + the sum of code * activation over 16 codes, 2 bits each (layer.wgsl), and 16 int8 activations.
fn dotCodes(codes: u32, activations: vec4u, start: i32) -> i32 {
  return start
    + dotFour(codes, activations.x)
    + dotFour(codes >> 2u, activations.y)
    + dotFour(codes >> 4u, activations.z)
    + dotFour(codes >> 6u, activations.w);
}
