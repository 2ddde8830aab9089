// Epilogue: the i, f and g pre-activations of a channel, for the scan over many tokens.
// They go to the mix region [T, 3, HIDDEN_STRIDE].

alias Recalled = f32;

// What finish needs from memory, asked for ahead: nothing.
fn recall(token: u32, row: u32) -> Recalled {
  return 0.0;
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  var values = sums;
  var factors = scales;
  /*unroll*/ for (var matrix = 0u; matrix < MATRICES; matrix++) {
    writeFloat(MIX_START, (token * MATRICES + matrix) * HIDDEN_STRIDE + row, values[matrix] * factors[matrix]);
  }
}
