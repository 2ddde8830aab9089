// The row that a block's first norm reads: the residual stream x, then times that norm's gain (docs/MODEL.md section 4).
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;  // [T, QUADS * 4]

fn rawAt(token: u32, quad: u32) -> vec4f {
  return x[token * QUADS + quad];
}

fn baseAt(token: u32, quad: u32, raw: vec4f) -> vec4f {
  return raw * parameters[OUTER_GAIN + quad];
}
