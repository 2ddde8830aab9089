// Group 0 of the sampling kernels (docs/MODEL.md section 14).
struct Options {
  temperature: f32,         // 0: greedy
  topK: u32,                // tokens to keep, 1 to V
  topP: u32,                // in 1 / 65536; 65536: off
  minWeight: u32,           // min-p in 1 / 2^24 of the largest probability; 0: off
  repetitionPenalty: f32,   // 1: off
  presencePenalty: f32,     // 0: off
  frequencyPenalty: f32,    // 0: off
  seed: u32,
}

// One buffer, as each binding costs the browser time at every dispatch. Count is u32, atomic where a kernel counts.
struct Sampling {
  options: Options,
  stops: array<u32, MAX_STOPS>,       // ids that end the text; V where there are fewer
  counts: array<Count, VOCABULARY>,   // how often the text has each token
  maxima: array<vec2u, SEGMENTS>,     // the best token of each SEGMENT neighbours: its logit's bits, its id
}

@group(0) @binding(0) var<storage, read_write> step: Step;
@group(0) @binding(1) var<storage, read_write> sampling: Sampling;
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;   // [V], penalised in place
