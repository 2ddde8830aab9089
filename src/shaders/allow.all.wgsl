// Which tokens may come next: all (docs/MODEL.md section 14).
fn restricted(tokens: vec4u, logits: vec4f) -> vec4f {
  return logits;
}
