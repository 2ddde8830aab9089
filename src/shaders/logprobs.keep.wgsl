// Keeps the logits as the model gave them, for logprobs.wgsl: what follows changes them in place. A thread a token.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  // After the end they are those of the last token still, changed.
  if (thread.x < VOCABULARY && step.ended == 0u) {
    logprobs.raw[thread.x] = logits[thread.x];
  }
}
