// Epilogue: adds the projection to the residual stream.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;  // [T, X_STRIDE]

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>) {
  let at = token * X_STRIDE + row;
  x[at] = fma(sums[0], scales[0], x[at]);
}
