// Quantised activations as quantise.wgsl left them in memory.
@group(0) @binding(2) var<storage, read_write> quantised: array<vec4u>;

struct Activations {
  lane: u32,
}

fn prepareActivations(thread: u32, lane: u32, lanes: u32) -> Activations {
  workgroupBarrier();  // teamCount wants one
  return Activations(lane);
}

fn rowStart(token: u32, input: u32) -> u32 {
  return (token * INPUTS + input) * (ROW_WORDS + 1u);
}

fn activationWords(token: u32, input: u32, word: u32) -> vec4u {
  return quantised[rowStart(token, input) + word];
}

fn inverseScale(prepared: Activations, token: u32, input: u32) -> f32 {
  return bitcast<f32>(quantised[rowStart(token, input) + ROW_WORDS].x);
}

// This lane's share of the sum of q, which folds the codes' offset: the sum of (c - 1) q is that of c q less that of q.
fn sumShare(prepared: Activations, token: u32, input: u32) -> i32 {
  if (prepared.lane != 0u) {
    return 0;
  }
  return bitcast<i32>(quantised[rowStart(token, input) + ROW_WORDS].y);
}
