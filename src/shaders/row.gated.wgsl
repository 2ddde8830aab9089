// The row that o_proj reads: the g projection, normed, times silu of the STATE (docs/MODEL.md section 4, quirk Q2).
@group(0) @binding(3) var<storage, read_write> hidden: array<vec4f>;  // mix region [T, 3, QUADS * 4]: h, f, g

fn rawAt(token: u32, quad: u32) -> vec4f {
  return hidden[(token * 3u + 2u) * QUADS + quad];
}

fn baseAt(token: u32, quad: u32, raw: vec4f) -> vec4f {
  let h = hidden[token * 3u * QUADS + quad];
  return raw * parameters[OUTER_GAIN + quad] * vec4f(silu(h.x), silu(h.y), silu(h.z), silu(h.w));
}
