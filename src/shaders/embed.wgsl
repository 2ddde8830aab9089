// Embedding look-up (docs/MODEL.md section 1): copies the rows of the fed tokens that lie in this segment of the table
// into the residual stream, a thread an element.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = step.tokens[group.y] - u32(parameters[0]);
  let column = group.x * WORKGROUP + thread;
  if (row < u32(parameters[1]) && column < H && step.ended == 0u) {
    writeFloat(X_START, group.y * X_STRIDE + column, embeddingAt(row, column));
  }
}
