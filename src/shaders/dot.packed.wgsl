// start + the sum of code * activation over 16 codes (0, 1, 2) and 16 int8 activations, four at a time in hardware.
fn dotCodes(codes: u32, activations: vec4u, start: i32) -> i32 {
  return start
    + dot4I8Packed(codes & 0x03030303u, activations.x)
    + dot4I8Packed((codes >> 2u) & 0x03030303u, activations.y)
    + dot4I8Packed((codes >> 4u) & 0x03030303u, activations.z)
    + dot4I8Packed((codes >> 6u) & 0x03030303u, activations.w);
}
