// Quantised activations of one token, made by every workgroup for itself at its head: a dispatch saved, work repeated.
// Word j of each group of 16 lies ROW_WORDS apart, so that neighbouring lanes read neighbouring words.
var<workgroup> quantised: array<u32, INPUTS * 4u * ROW_WORDS>;

struct Activations {
  inverse: array<f32, INPUTS>,
  shares: array<i32, INPUTS>,
}

fn storeQuad(token: u32, input: u32, quad: u32, bytes: u32) {
  quantised[(input * 4u + quad % 4u) * ROW_WORDS + quad / 4u] = bytes;
}

fn prepareActivations(thread: u32, lane: u32, lanes: u32) -> Activations {
  var prepared: Activations;
  prepared.inverse = normalise(step.count - 1u, thread);
  for (var input = 0u; input < INPUTS; input++) {
    for (var member = lane; member < WORKGROUP; member += lanes) {
      prepared.shares[input] += bitcast<i32>(scratch[input * WORKGROUP + member]);
    }
  }
  return prepared;
}

fn activationWords(token: u32, input: u32, word: u32) -> vec4u {
  let at = input * 4u * ROW_WORDS + word;
  return vec4u(quantised[at], quantised[at + ROW_WORDS], quantised[at + 2u * ROW_WORDS], quantised[at + 3u * ROW_WORDS]);
}

fn inverseScale(prepared: Activations, token: u32, input: u32) -> f32 {
  var all = prepared;
  return all.inverse[input];
}

// This lane's share of the sum of q, which folds the codes' offset: the sum of (c - 1) q is that of c q less that of q.
fn sumShare(prepared: Activations, token: u32, input: u32) -> i32 {
  var all = prepared;
  return all.shares[input];
}
