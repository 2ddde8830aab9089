// Epilogue: a pre-activation of i, f or g, whose matrices are taken one after the other as if all rows were one matrix's.
@group(0) @binding(3) var<storage, read_write> hidden: array<f32>;  // mix region [T, 3, HIDDEN_STRIDE]

alias Recalled = f32;

// What finish needs from memory, asked for ahead: nothing.
fn recall(token: u32, row: u32) -> Recalled {
  return 0.0;
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  hidden[(token * 3u + row / ROWS) * HIDDEN_STRIDE + row % ROWS] = sums[0] * scales[0];
}
