// Quantised activations of one token, made by every workgroup for itself at its head: a dispatch saved, work repeated.
// Word j of each group of GROUP_WORDS lies SPAN = TURNS * LANES apart, so that neighbouring lanes read neighbouring memory.
// Groups beyond the row are zeros, as workgroup memory is from the start.
var<workgroup> quantised: array<vec4u, INPUTS * GROUP_WORDS * SPAN>;

alias Activations = array<f32, INPUTS>;

fn storeQuad(token: u32, input: u32, quad: u32, bytes: u32) {
  let word = quad / 4u;
  // What pads the row may be more than the codes' groups have room for.
  if (ROW_WORDS <= GROUP_WORDS * SPAN || word < GROUP_WORDS * SPAN) {
    quantised[(input * GROUP_WORDS + word % GROUP_WORDS) * SPAN + word / GROUP_WORDS][quad % 4u] = bytes;
  }
}

fn storeSum(token: u32, input: u32, thread: u32, sum: i32) {
}

fn prepareActivations(thread: u32) -> Activations {
  let inverse = normalise(select(0u, step.count - 1u, LAST_ROW == 1u), thread);
  workgroupBarrier();
  return inverse;
}

fn activationWords(token: u32, input: u32, group: u32, word: u32) -> vec4u {
  return quantised[(input * GROUP_WORDS + word) * SPAN + group];
}

fn inverseScale(prepared: Activations, token: u32, input: u32) -> f32 {
  var all = prepared;
  return all[input];
}

// The codes' offset: the sum of (c - 1) q is that of c q less that of q. Here each lane sums the q of its own words.
fn offsetOf(words: vec4u, start: i32) -> i32 {
  return dotCodes(0x55555555u, words, start);
}

fn storedOffset(token: u32, input: u32) -> i32 {
  return 0;
}
