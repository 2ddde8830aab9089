// Float functions that decode and prefill kernels share, so that both give the same bits.

// Half away from zero (docs/MODEL.md section 3); WGSL's own round() goes to even.
fn roundHalfAway(value: vec4f) -> vec4f {
  let whole = trunc(abs(value));
  return sign(value) * (whole + select(vec4f(0.0), vec4f(1.0), abs(value) - whole >= vec4f(0.5)));
}

// The clamp keeps exp finite: WGSL may assume that no value is infinite.
fn sigmoid(value: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(value, -87.0, 87.0)));
}

fn silu(value: f32) -> f32 {
  return value * sigmoid(value);
}

// Four int8 lanes of one word, lane 0 in the low byte.
fn packBytes(value: vec4i) -> u32 {
  let bytes = vec4u(value) & vec4u(0xffu);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

// v.v in one fixed order, whatever kernel it is compiled into.
fn sumOfSquares(value: vec4f, start: f32) -> f32 {
  return fma(value.w, value.w, fma(value.z, value.z, fma(value.y, value.y, fma(value.x, value.x, start))));
}
