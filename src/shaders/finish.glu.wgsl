// Epilogue: silu(gate) * up of a channel (docs/MODEL.md section 4).
// It goes to the GLU region [T, HIDDEN_STRIDE].

alias Recalled = f32;

// What finish needs from memory, asked for ahead: nothing.
fn recall(token: u32, row: u32) -> Recalled {
  return 0.0;
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  writeFloat(GLU_START, token * HIDDEN_STRIDE + row, silu(sums[0] * scales[0]) * (sums[1] * scales[1]));
}
