// The row that down_proj reads: silu(gate) * up, with no norm but the projection's own (docs/MODEL.md section 4).
@group(0) @binding(3) var<storage, read_write> hidden: array<vec4f>;  // GLU region [T, QUADS * 4] from vec4 GLU_QUAD

fn rawAt(token: u32, quad: u32) -> vec4f {
  return hidden[GLU_QUAD + token * QUADS + quad];
}

fn baseAt(token: u32, quad: u32, raw: vec4f) -> vec4f {
  return raw;
}
