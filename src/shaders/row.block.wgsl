// The row that a block's first norm reads: the residual stream x, then times that norm's gain (docs/MODEL.md section 4).

fn rawAt(token: u32, quad: u32) -> vec4f {
  return quadAt(X_START + token * QUADS + quad);
}

fn baseAt(token: u32, quad: u32, raw: vec4f) -> vec4f {
  return raw * parameterQuad(OUTER_GAIN + quad);
}
