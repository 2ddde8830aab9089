// Float functions that decode and prefill kernels share, so that both give the same bits.

// Half away from zero (docs/MODEL.md section 3); WGSL's own round() goes to even. For |value| below 2^22, adding the number
// next below a half and truncating is exact: a half itself would carry what lies just below it.
fn roundHalfAway(value: vec4f) -> vec4f {
  let half = bitcast<vec4f>((bitcast<vec4u>(value) & vec4u(0x80000000u)) | vec4u(0x3effffffu));
  return trunc(value + half);
}

// The clamp keeps exp finite: WGSL may assume that no value is infinite.
fn sigmoid(value: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(value, -87.0, 87.0)));
}

fn silu(value: f32) -> f32 {
  return value * sigmoid(value);
}

// Whole numbers of int8's range as four lanes of one word, lane 0 in the low byte. Beside 1.5 * 2^23 the low bits of a
// float are those of the whole number: cheaper than conversions, which WGSL makes safe against every value.
fn packBytes(value: vec4f) -> u32 {
  let bytes = bitcast<vec4u>(value + vec4f(12582912.0)) & vec4u(0xffu);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

// v.v in one fixed order, whatever kernel it is compiled into.
fn sumOfSquares(value: vec4f, start: f32) -> f32 {
  return fma(value.w, value.w, fma(value.z, value.z, fma(value.y, value.y, fma(value.x, value.x, start))));
}
