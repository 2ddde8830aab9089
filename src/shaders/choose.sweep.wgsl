// Chooses the next token by sweeps over the whole vocabulary, whatever the options but greedy (docs/MODEL.md section 14).
// A cut in the order of tokens is found digit by digit (a radix select over histograms), never by a sort.

// A place in the order of tokens: the logit's bits made orderable, then the complement of the id.
struct Place {
  key: u32,
  id: u32,
}

// What a thread's run of neighbouring tokens weighs, the runs before it, and all of them.
struct Share {
  own: vec2u,
  before: vec2u,
  total: vec2u,
}

// Logits of eight tokens: loads that do not wait for each other.
struct Eight {
  first: vec4f,
  second: vec4f,
}

const BINS = 256u;
const ROWS = BINS / TEAM;
const RUN = (VOCABULARY + WORKGROUP - 1u) / WORKGROUP;  // tokens a thread when neighbours must stay together

var<workgroup> lowBits: array<atomic<u32>, BINS>;   // a bin's sum of weights modulo 4096 …
var<workgroup> highBits: array<atomic<u32>, BINS>;  // … and of weights / 4096: neither overflows
var<workgroup> rows: array<vec2u, ROWS>;            // sums of neighbouring bins
var<workgroup> cut: Place;                          // tokens before it are out
var<workgroup> needed: vec2u;                       // what the tokens down to the cut must add up to
var<workgroup> found: Place;                        // digits of the cut that are known
var<workgroup> dropsTies: u32;
var<workgroup> threadSums: array<vec2u, WORKGROUP>;
var<workgroup> teamSums: array<vec2u, TEAMS>;       // sums of neighbouring threads

var<private> largest: f32;
var<private> options: Options;

fn eightOf(token: u32, stride: u32) -> Eight {
  let tokens = token + vec4u(0u, 1u, 2u, 3u) * stride;
  return Eight(logitsOf(tokens), logitsOf(tokens + 4u * stride));
}

fn nth(eight: Eight, index: u32) -> f32 {
  return select(eight.first, eight.second, index >= 4u)[index % 4u];
}

// What the best tokens must add up to for top-p: ceil(total * topP / 65536), at least 1, as the best token always stays.
fn neededMass(total: vec2u) -> vec2u {
  let product = add64(multiply32(total.x, options.topP), vec2u(0u, total.y * options.topP));
  let rounded = add64(product, vec2u(65535u, 0u));
  let mass = vec2u((rounded.x >> 16u) | (rounded.y << 16u), rounded.y >> 16u);
  return vec2u(select(mass.x, 1u, mass.x == 0u && mass.y == 0u), mass.y);
}

fn placeOf(logit: f32, id: u32) -> Place {
  let bits = bitcast<u32>(select(logit, 0.0, logit == 0.0));
  return Place(select(bits | 0x80000000u, ~bits, bits >= 0x80000000u), ~id);
}

fn isIn(place: Place) -> bool {
  return place.key > cut.key || (place.key == cut.key && place.id >= cut.id);
}

fn digitOf(place: Place, level: u32) -> u32 {
  return (select(place.key, place.id, level >= 4u) >> (24u - 8u * (level % 4u))) & 255u;
}

// True if the digits before `level` are those of `prefix`.
fn matches(place: Place, prefix: Place, level: u32) -> bool {
  if (level < 4u) {
    return level == 0u || (place.key >> (32u - 8u * level)) == (prefix.key >> (32u - 8u * level));
  }
  return place.key == prefix.key
    && (level == 4u || (place.id >> (64u - 8u * level)) == (prefix.id >> (64u - 8u * level)));
}

fn binSum(bin: u32) -> vec2u {
  let high = atomicLoad(&highBits[bin]);
  return add64(vec2u(atomicLoad(&lowBits[bin]), 0u), vec2u(high << 12u, high >> 20u));
}

// Puts the tokens that are in and have the digits of `prefix` into bins by their next digit.
fn fillBins(byWeight: bool, prefix: Place, level: u32, thread: u32) {
  for (var bin = thread; bin < BINS; bin += WORKGROUP) {
    atomicStore(&lowBits[bin], 0u);
    atomicStore(&highBits[bin], 0u);
  }
  workgroupBarrier();
  for (var first = thread; first < VOCABULARY; first += 8u * WORKGROUP) {
    let eight = eightOf(first, WORKGROUP);
    for (var index = 0u; index < 8u; index++) {
      let token = first + index * WORKGROUP;
      let logit = nth(eight, index);
      let place = placeOf(logit, token);
      if (token < VOCABULARY && isIn(place) && matches(place, prefix, level)) {
        var measure = 1u;
        if (byWeight) {
          measure = weightOf(logit, largest, options.temperature);
        }
        let bin = digitOf(place, level);
        atomicAdd(&lowBits[bin], measure & 4095u);
        atomicAdd(&highBits[bin], measure >> 12u);
      }
    }
  }
  workgroupBarrier();
  for (var row = thread; row < ROWS; row += WORKGROUP) {
    var sum = vec2u(0u);
    for (var index = 0u; index < TEAM; index++) {
      sum = add64(sum, binSum(row * TEAM + index));
    }
    rows[row] = sum;
  }
  workgroupBarrier();
}

// The digit down to which the bins reach `needed`; takes what is above it off `needed`. For one thread.
fn nextDigit() -> u32 {
  var left = needed;
  var row = ROWS - 1u;
  while (row > 0u && less64(rows[row], left)) {
    left = subtract64(left, rows[row]);
    row--;
  }
  var bin = row * TEAM + TEAM - 1u;
  var sum = binSum(bin);
  while (bin > row * TEAM && less64(sum, left)) {
    left = subtract64(left, sum);
    bin--;
    sum = binSum(bin);
  }
  needed = left;
  dropsTies = select(0u, 1u, less64(left, sum));
  return bin;
}

// Moves the cut up to the last token that is needed to reach `needed`, by token counts or by weights.
fn raiseCut(byWeight: bool, thread: u32) {
  var prefix = Place(0u, 0u);
  for (var level = 0u; level < 8u; level++) {
    fillBins(byWeight, prefix, level, thread);
    if (thread == 0u) {
      let digit = nextDigit() << (24u - 8u * (level % 4u));
      found = Place(prefix.key | select(digit, 0u, level >= 4u), prefix.id | select(0u, digit, level >= 4u));
    }
    prefix = workgroupUniformLoad(&found);
    // All that tie at this logit are needed: no look at ids.
    if (level >= 3u && workgroupUniformLoad(&dropsTies) == 0u) {
      break;
    }
  }
  if (thread == 0u) {
    cut = prefix;
  }
  workgroupBarrier();
}

// The weight of a token of the run that is still in and not below `least`; else 0.
fn survivingWeight(token: u32, logit: f32, thread: u32, least: u32) -> u32 {
  if (token >= min((thread + 1u) * RUN, VOCABULARY) || !isIn(placeOf(logit, token))) {
    return 0u;
  }
  let weight = weightOf(logit, largest, options.temperature);
  return select(0u, weight, weight >= least);
}

// Sums what survives of each thread's run.
fn shareOf(least: u32, thread: u32) -> Share {
  var own = vec2u(0u);
  for (var first = thread * RUN; first < (thread + 1u) * RUN; first += 8u) {
    let eight = eightOf(first, 1u);
    var sum = 0u;
    for (var index = 0u; index < 8u; index++) {
      sum += survivingWeight(first + index, nth(eight, index), thread, least);
    }
    own = add64(own, vec2u(sum, 0u));
  }
  threadSums[thread] = own;
  workgroupBarrier();
  if (thread < TEAMS) {
    var sum = vec2u(0u);
    for (var member = 0u; member < TEAM; member++) {
      sum = add64(sum, threadSums[thread * TEAM + member]);
    }
    teamSums[thread] = sum;
  }
  workgroupBarrier();
  var before = vec2u(0u);
  var total = vec2u(0u);
  for (var team = 0u; team < TEAMS; team++) {
    if (team == thread / TEAM) {
      before = total;
    }
    total = add64(total, teamSums[team]);
  }
  for (var member = thread - thread % TEAM; member < thread; member++) {
    before = add64(before, threadSums[member]);
  }
  workgroupBarrier();
  return Share(own, before, total);
}

// Emits the token of the thread's run at which the running weight of all passes `mark`.
fn emitFromRun(mark: vec2u, share: Share, thread: u32, header: Header) {
  if (less64(mark, share.before) || !less64(mark, add64(share.before, share.own))) {
    return;
  }
  var left = subtract64(mark, share.before);
  for (var first = thread * RUN; first < (thread + 1u) * RUN; first += 8u) {
    let eight = eightOf(first, 1u);
    for (var index = 0u; index < 8u; index++) {
      let weight = vec2u(survivingWeight(first + index, nth(eight, index), thread, options.minWeight), 0u);
      if (less64(left, weight)) {
        emit(first + index, header);
        return;
      }
      left = subtract64(left, weight);
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
  let header = readHeader();
  let isOver = step.ended;
  let ownOptions = sampling.options;
  let stop = sampling.stops[min(thread, MAX_STOPS - 1u)];
  share(thread, readMaxima(thread).logits, isOver, ownOptions, stop);
  let agreed = workgroupUniformLoad(&control);
  if (agreed.isOver != 0u) {
    return;
  }
  options = agreed.options;
  largest = largestOfWorkgroup(thread);
  if (agreed.options.topK < VOCABULARY) {
    if (thread == 0u) {
      needed = vec2u(options.topK, 0u);
    }
    workgroupBarrier();
    raiseCut(false, thread);
  }
  if (agreed.options.topP < 65536u) {
    let share = shareOf(0u, thread);
    if (thread == 0u) {
      needed = neededMass(share.total);
    }
    workgroupBarrier();
    raiseCut(true, thread);
  }
  let share = shareOf(options.minWeight, thread);
  let mark = scale64(share.total, randomWord(header, options.seed));
  emitFromRun(mark, share, thread, header);
}
