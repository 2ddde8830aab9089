// Chooses the next token from the penalised logits and sets the step after up: temperature, top-k, top-p, min-p, draw
// (docs/MODEL.md section 14). One workgroup, as each decision needs the one before. Tokens are ordered by logit
// descending, then id ascending. Weights are integers, so their sums do not depend on the order of threads.
const WEIGHT_ONE = 16777216u;

var<workgroup> largest: f32;

// The largest weight is exact: on a device whose exp(0) is not quite 1, min-p could leave no token else.
fn weightOf(logit: f32) -> u32 {
  if (logit >= largest) {
    return WEIGHT_ONE;
  }
  let exponent = (logit - largest) / sampling.temperature;
  return u32(round(exp(clamp(exponent, -87.0, 0.0)) * f32(WEIGHT_ONE)));
}

// What the best tokens must add up to for top-p: ceil(total * topP / 65536), at least 1, as the best token always stays.
fn neededMass(total: vec2u) -> vec2u {
  let product = add64(multiply32(total.x, sampling.topP), vec2u(0u, total.y * sampling.topP));
  let rounded = add64(product, vec2u(65535u, 0u));
  let mass = vec2u((rounded.x >> 16u) | (rounded.y << 16u), rounded.y >> 16u);
  return vec2u(select(mass.x, 1u, mass.x == 0u && mass.y == 0u), mass.y);
}

// A random mark below `total`: the first token in the order of ids whose running weight passes it is drawn.
fn drawMark(total: vec2u) -> vec2u {
  let random = philox(vec4u(header.position + header.count, 0u, 0u, 0u), vec2u(sampling.seed, 0u));
  return scale64(total, random.x);
}

var<private> header: Header;
var<workgroup> stops: array<u32, MAX_STOPS>;

// The parts of Step that a choice reads, asked for before all else: the emit at the end would wait for each.
struct Header {
  count: u32,
  slotOut: u32,
  position: u32,
  emitted: u32,
  limit: u32,
  slots: u32,
}

fn emit(token: u32) {
  counts[token]++;
  step.results[header.emitted % RESULTS] = token;
  step.tokens[0] = token;
  step.emitted = header.emitted + 1u;
  step.position = header.position + header.count;
  step.count = 1u;
  step.slotIn = header.slotOut;
  step.slotOut = (header.slotOut + 1u) % header.slots;
  var isEnd = header.emitted + 1u >= header.limit;
  for (var index = 0u; index < MAX_STOPS; index++) {
    isEnd = isEnd || stops[index] == token;
  }
  step.ended = select(0u, 1u, isEnd);
}

var<workgroup> ended: u32;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
  header = Header(step.count, step.slotOut, step.position, step.emitted, step.limit, step.slots);
  for (var index = thread; index < MAX_STOPS; index += WORKGROUP) {
    stops[index] = select(VOCABULARY, sampling.stops[index], index < sampling.stopCount);
  }
  if (thread == 0u) {
    ended = step.ended;
  }
  if (workgroupUniformLoad(&ended) != 0u) {
    return;
  }
  var mine = Maximum(-3.4e38, VOCABULARY);
  for (var index = thread; index < MAXIMA; index += WORKGROUP) {
    if (precedes(maxima[index], mine)) {
      mine = maxima[index];
    }
  }
  let best = bestOfWorkgroup(mine, thread);
  if (sampling.temperature == 0.0) {
    if (thread == 0u) {
      emit(best.id);
    }
    return;
  }
  if (thread == 0u) {
    largest = best.value;
  }
  workgroupBarrier();
  if (!drawFromShortlist(thread)) {
    drawBySweeps(thread);
  }
}
