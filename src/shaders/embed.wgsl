// Embedding look-up (docs/MODEL.md section 1): copies the rows of the fed tokens that lie in this segment of the table
// into the residual stream, a thread an element. Parameters: scalars 0 and 1 are the segment's first row and row count.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;  // [T, X_STRIDE]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = step.tokens[group.y] - u32(scalarParameter(0u));
  let column = group.x * WORKGROUP + thread;
  if (row < u32(scalarParameter(1u)) && column < H && step.ended == 0u) {
    x[group.y * X_STRIDE + column] = embeddingAt(row, column);
  }
}
