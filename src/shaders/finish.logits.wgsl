// Epilogue: a logit (docs/MODEL.md section 1).
// It goes to the logits region [T, ROWS].

alias Recalled = f32;

// What finish needs from memory, asked for ahead: nothing.
fn recall(token: u32, row: u32) -> Recalled {
  return 0.0;
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  writeFloat(LOGITS_START, token * ROWS + row, sums[0] * scales[0]);
}
