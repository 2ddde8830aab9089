// What both ways to choose a token share (docs/MODEL.md section 14). Both are one workgroup, as each decision needs the
// one before. Weights are integers, so their sums do not depend on the order of threads.
alias Count = atomic<u32>;
const WEIGHT_ONE = 16777216u;
const TEAM = 16u;                   // threads that one thread reduces
const TEAMS = WORKGROUP / TEAM;

// What all decisions hang on, read by one thread: loops and barriers may depend on no value that is each thread's own.
struct Control {
  isOver: u32,   // not 0: the generation has ended, and nothing is left to choose
  options: Options,
}

// The parts of Step that a choice reads. They are asked for before all else: the emit at the end would wait for each.
struct Header {
  count: u32,
  slotOut: u32,
  position: u32,
  emitted: u32,
  limit: u32,
  slots: u32,
}

// A thread's four of the segments' best tokens: segment, logit and id; out of range V is the id.
struct Maxima {
  segments: vec4u,
  logits: vec4f,
  ids: vec4u,
}

var<workgroup> control: Control;
var<workgroup> stops: array<u32, MAX_STOPS>;
var<workgroup> threadLargest: array<f32, WORKGROUP>;
var<workgroup> teamLargest: array<f32, TEAMS>;

fn readHeader() -> Header {
  return Header(step.count, step.slotOut, step.position, step.emitted, step.limit, step.slots);
}

fn readMaximum(segment: u32) -> vec2u {
  return select(vec2u(bitcast<u32>(LOWEST), VOCABULARY), sampling.maxima[min(segment, SEGMENTS - 1u)], segment < SEGMENTS);
}

fn readMaxima(thread: u32) -> Maxima {
  let segments = thread + vec4u(0u, WORKGROUP, 2u * WORKGROUP, 3u * WORKGROUP);
  let a = readMaximum(segments.x);
  let b = readMaximum(segments.y);
  let c = readMaximum(segments.z);
  let d = readMaximum(segments.w);
  return Maxima(segments, bitcast<vec4f>(vec4u(a.x, b.x, c.x, d.x)), vec4u(a.y, b.y, c.y, d.y));
}

// Four logits, asked for at once; any for what is no token.
fn logitsOf(tokens: vec4u) -> vec4f {
  let places = min(tokens, vec4u(VOCABULARY - 1u));
  return vec4f(logits[places.x], logits[places.y], logits[places.z], logits[places.w]);
}

// Puts into workgroup memory what the other threads will read, behind a barrier.
fn share(thread: u32, logits: vec4f, isOver: u32, options: Options, stop: u32) {
  threadLargest[thread] = max(max(logits.x, logits.y), max(logits.z, logits.w));
  if (thread < MAX_STOPS) {
    stops[thread] = stop;
  }
  if (thread == 0u) {
    control = Control(isOver, options);
  }
}

// The largest of threadLargest, for every thread. Two barriers cost less than a tree of them.
fn largestOfWorkgroup(thread: u32) -> f32 {
  if (thread < TEAMS) {
    var largest = threadLargest[thread];
    for (var member = 1u; member < TEAM; member++) {
      largest = max(largest, threadLargest[thread + member * TEAMS]);
    }
    teamLargest[thread] = largest;
  }
  workgroupBarrier();
  var largest = teamLargest[0];
  for (var team = 1u; team < TEAMS; team++) {
    largest = max(largest, teamLargest[team]);
  }
  return largest;
}

// The largest weight is exact: on a device whose exp(0) is not quite 1, min-p could leave no token else.
fn weightOf(logit: f32, largest: f32, temperature: f32) -> u32 {
  if (logit >= largest) {
    return WEIGHT_ONE;
  }
  // The lowest logits are too far away to be divided.
  let exponent = max(logit - largest, -87.0 * temperature) / temperature;
  return u32(round(exp(clamp(exponent, -87.0, 0.0)) * f32(WEIGHT_ONE)));
}

// The random number of this choice.
fn randomWord(header: Header, seed: u32) -> u32 {
  return philox(vec4u(header.position + header.count, 0u, 0u, 0u), vec2u(seed, 0u)).x;
}

// Sets the next step up; for the one thread that has the chosen token.
fn emit(token: u32, header: Header) {
  atomicAdd(&sampling.counts[token], 1u);
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
