// Epilogue: a pre-activation of i, f or g, whose matrices are taken one after the other as if all rows were one matrix's.
// It goes to the mix region [T, 3, HIDDEN_STRIDE].

alias Recalled = f32;

// What finish needs from memory, asked for ahead: nothing.
fn recall(token: u32, row: u32) -> Recalled {
  return 0.0;
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  writeFloat(MIX_START, (token * 3u + row / ROWS) * HIDDEN_STRIDE + row % ROWS, sums[0] * scales[0]);
}
