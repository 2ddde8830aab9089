// The sum of code * activation over four codes (0, 1, 2), a byte each, and four int8 activations, in hardware.
fn dotFour(codes: u32, activations: u32) -> i32 {
  return dot4I8Packed(codes, activations);
}

// start + the sum of code * activation over 16 codes, 2 bits each (layer.wgsl), and 16 int8 activations.
fn dotCodes(codes: u32, activations: vec4u, start: i32) -> i32 {
  return start
    + dotFour(codes & 0x03030303u, activations.x)
    + dotFour((codes >> 2u) & 0x03030303u, activations.y)
    + dotFour((codes >> 4u) & 0x03030303u, activations.z)
    + dotFour((codes >> 6u) & 0x03030303u, activations.w);
}
