// Adds biases to the logits of some tokens, before anything else changes them (docs/MODEL.md section 14). A thread each.
struct Bias {
  id: u32,   // V where there are fewer
  value: f32,
}

@group(0) @binding(0) var<storage, read_write> step: Step;
@group(0) @binding(1) var<storage, read_write> biases: array<Bias, MAX_BIASES>;   // no id twice
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;                // [V]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let bias = biases[min(thread.x, MAX_BIASES - 1u)];
  if (thread.x < MAX_BIASES && bias.id < VOCABULARY && step.ended == 0u) {
    logits[bias.id] += bias.value;
  }
}
