// Epilogue: adds the projection to the residual stream, the x region [T, X_STRIDE].

alias Recalled = f32;

// What finish needs from memory, asked for ahead: the element of the stream.
fn recall(token: u32, row: u32) -> Recalled {
  return floatAt(X_START, token * X_STRIDE + row);
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  writeFloat(X_START, token * X_STRIDE + row, fma(sums[0], scales[0], recalled));
}
