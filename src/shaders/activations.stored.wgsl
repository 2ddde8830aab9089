// Quantised activations as quantise.wgsl left them in memory.

alias Activations = u32;

fn prepareActivations(thread: u32) -> Activations {
  return 0u;
}

fn rowStart(token: u32, input: u32) -> u32 {
  return QUANTISED_START + (token * INPUTS + input) * (ROW_WORDS + 1u);
}

fn storedWords(token: u32, input: u32, word: u32) -> vec4u {
  return working[rowStart(token, input) + word];
}

fn activationWords(token: u32, input: u32, group: u32, word: u32) -> vec4u {
  let at = group * GROUP_WORDS + word;
  return select(vec4u(0u), storedWords(token, input, min(at, ROW_WORDS - 1u)), at < ROW_WORDS);
}

fn inverseScale(prepared: Activations, token: u32, input: u32) -> f32 {
  return bitcast<f32>(working[rowStart(token, input) + ROW_WORDS].x);
}

// The codes' offset: the sum of (c - 1) q is that of c q less that of q. Here the sum of q is known for the whole row.
fn offsetOf(words: vec4u, start: i32) -> i32 {
  return 0;
}

fn storedOffset(token: u32, input: u32) -> i32 {
  return bitcast<i32>(working[rowStart(token, input) + ROW_WORDS].y);
}
