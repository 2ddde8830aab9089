// Quantised activations of one token, made by every workgroup for itself at its head: a dispatch saved, work repeated.
// Word j of each group of 16 lies ROW_WORDS apart, so that neighbouring lanes read neighbouring words.
var<workgroup> quantised: array<u32, INPUTS * 4u * ROW_WORDS>;

alias Activations = array<f32, INPUTS>;

fn storeQuad(token: u32, input: u32, quad: u32, bytes: u32) {
  quantised[(input * 4u + quad % 4u) * ROW_WORDS + quad / 4u] = bytes;
}

fn storeSum(token: u32, input: u32, thread: u32, sum: i32) {
}

fn prepareActivations(thread: u32) -> Activations {
  let inverse = normalise(step.count - 1u, thread);
  workgroupBarrier();
  return inverse;
}

fn activationWords(token: u32, input: u32, word: u32) -> vec4u {
  let at = input * 4u * ROW_WORDS + word;
  return vec4u(quantised[at], quantised[at + ROW_WORDS], quantised[at + 2u * ROW_WORDS], quantised[at + 3u * ROW_WORDS]);
}

fn inverseScale(prepared: Activations, token: u32, input: u32) -> f32 {
  var all = prepared;
  return all[input];
}

// The codes' offset: the sum of (c - 1) q is that of c q less that of q. Here each lane sums the q of its own words.
fn offsetOf(words: vec4u) -> i32 {
  return dotCodes(0x55555555u, words, 0);
}

fn storedOffset(token: u32, input: u32) -> i32 {
  return 0;
}
