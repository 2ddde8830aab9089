// The row that o_proj reads: the g projection, normed, times silu of the STATE (docs/MODEL.md section 4, quirk Q2).
// Mix region [T, 3, QUADS * 4]: h, f, g.
fn rawAt(token: u32, quad: u32) -> vec4f {
  return quadAt(MIX_START + (token * 3u + 2u) * QUADS + quad);
}

fn baseAt(token: u32, quad: u32, raw: vec4f) -> vec4f {
  let h = quadAt(MIX_START + token * 3u * QUADS + quad);
  return raw * parameterQuad(OUTER_GAIN + quad) * vec4f(silu(h.x), silu(h.y), silu(h.z), silu(h.w));
}
