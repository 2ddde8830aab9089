// The row that down_proj reads: silu(gate) * up, with no norm but the projection's own (docs/MODEL.md section 4).
// GLU region [T, QUADS * 4].
fn rawAt(token: u32, quad: u32) -> vec4f {
  return quadAt(GLU_START + token * QUADS + quad);
}

fn baseAt(token: u32, quad: u32, raw: vec4f) -> vec4f {
  return raw;
}
