// Group 0 of the sampling kernels (docs/MODEL.md section 14).
struct Sampling {
  temperature: f32,         // 0: greedy
  topK: u32,                // 0: off
  topP: u32,                // in 1 / 65536; 65536: off
  minWeight: u32,           // min-p in 1 / 2^24 of the largest probability; 0: off
  repetitionPenalty: f32,   // 1: off
  presencePenalty: f32,     // 0: off
  frequencyPenalty: f32,    // 0: off
  seed: u32,
  stopCount: u32,
  stops: array<u32, MAX_STOPS>,
}

struct Maximum {
  value: f32,
  id: u32,
}

@group(0) @binding(0) var<storage, read_write> step: Step;
@group(0) @binding(1) var<storage, read> sampling: Sampling;
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;          // [V], penalised in place
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;          // [V], how often the text has each token
@group(0) @binding(4) var<storage, read_write> maxima: array<Maximum>;      // one a workgroup of penalise.wgsl

// The order of tokens: logit descending, then id ascending.
fn precedes(a: Maximum, b: Maximum) -> bool {
  return a.value > b.value || (a.value == b.value && a.id < b.id);
}

var<workgroup> candidates: array<Maximum, WORKGROUP>;

// The best of the workgroup's candidates, for every thread.
fn bestOfWorkgroup(mine: Maximum, thread: u32) -> Maximum {
  candidates[thread] = mine;
  for (var stride = WORKGROUP / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) {
      let other = candidates[thread + stride];
      if (precedes(other, candidates[thread])) {
        candidates[thread] = other;
      }
    }
  }
  return workgroupUniformLoad(&candidates[0]);
}
