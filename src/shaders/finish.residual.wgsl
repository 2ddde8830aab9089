// Epilogue: adds the projection to the residual stream.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;  // [T, X_STRIDE]

alias Recalled = f32;

// What finish needs from memory, asked for ahead: the element of the stream.
fn recall(token: u32, row: u32) -> Recalled {
  return x[token * X_STRIDE + row];
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  x[token * X_STRIDE + row] = fma(sums[0], scales[0], recalled);
}
