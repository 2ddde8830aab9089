// The MLGRU's element-wise recurrence for one channel and token (docs/MODEL.md section 4).
// Explicit fma: a compiler may contract a * b + c in one kernel and not in another, and the bits would differ.
fn advance(input: f32, forget: f32, lowerBound: f32, before: f32) -> f32 {
  let keep = fma(1.0 - lowerBound, sigmoid(forget), lowerBound);
  return fma(keep, before, silu(input) * (1.0 - keep));
}
