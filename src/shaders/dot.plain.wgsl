// start + the sum of code * activation over 16 codes (0, 1, 2) and 16 int8 activations, in core WGSL.
fn dotBytes(codes: u32, activations: u32) -> i32 {
  let lanes = bitcast<i32>(activations);
  return extractBits(lanes, 0u, 8u) * bitcast<i32>(codes & 3u)
    + extractBits(lanes, 8u, 8u) * bitcast<i32>((codes >> 8u) & 3u)
    + extractBits(lanes, 16u, 8u) * bitcast<i32>((codes >> 16u) & 3u)
    + extractBits(lanes, 24u, 8u) * bitcast<i32>((codes >> 24u) & 3u);
}

fn dotCodes(codes: u32, activations: vec4u, start: i32) -> i32 {
  return start
    + dotBytes(codes, activations.x)
    + dotBytes(codes >> 2u, activations.y)
    + dotBytes(codes >> 4u, activations.z)
    + dotBytes(codes >> 6u, activations.w);
}
