// The MLGRU's element-wise recurrence for one channel and token (docs/MODEL.md section 4).
// Explicit fma: a compiler may contract a * b + c in one kernel and not in another, and the bits would differ.
fn keepGate(forget: f32, lowerBound: f32) -> f32 {
  return fma(1.0 - lowerBound, sigmoid(forget), lowerBound);
}

fn candidate(input: f32, keep: f32) -> f32 {
  return silu(input) * (1.0 - keep);
}

fn advance(input: f32, forget: f32, lowerBound: f32, before: f32) -> f32 {
  let keep = keepGate(forget, lowerBound);
  return fma(keep, before, candidate(input, keep));
}
