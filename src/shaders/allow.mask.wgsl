// Which tokens may come next: those whose bit is set (docs/MODEL.md section 14), token t in bit t % 32 of word t / 32.
// What is not allowed gets a logit below all that is, and weighs nothing then.
@group(1) @binding(0) var<storage, read> mask: array<u32>;   // [ceil(V / 32)]

const LEAST_ALLOWED = -3.4028232635611926e38f;   // the number after LOWEST

fn restricted(tokens: vec4u, logits: vec4f) -> vec4f {
  let words = vec4u(mask[tokens.x / 32u], mask[tokens.y / 32u], mask[tokens.z / 32u], mask[tokens.w / 32u]);
  let isAllowed = ((words >> (tokens % vec4u(32u))) & vec4u(1u)) == vec4u(1u);
  return select(vec4f(LOWEST), max(logits, vec4f(LEAST_ALLOWED)), isAllowed);
}
