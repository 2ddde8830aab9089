// Group 0 of the kernels for log probabilities (docs/MODEL.md section 14).
struct Likely {
  id: u32,
  logprob: f32,
}

struct Entry {
  chosen: f32,                          // log probability of the sampled token
  best: array<Likely, MAX_LOGPROBS>,    // the likeliest tokens, in their order; the first `count` count
}

struct Logprobs {
  entries: array<Entry, RESULTS>,   // beside Step.results, as the same ring
  count: u32,                       // likeliest tokens that are asked for
  raw: array<f32, VOCABULARY>,      // the logits before anything changes them
}

@group(0) @binding(0) var<storage, read_write> step: Step;
@group(0) @binding(1) var<storage, read_write> logprobs: Logprobs;
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;   // [V]
