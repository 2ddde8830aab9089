// Chooses the next token and sets the step after up: temperature, top-k, top-p, min-p, draw (docs/MODEL.md section 14).
// One workgroup, as each decision needs the one before. Tokens are ordered by logit descending, then id ascending; a cut
// in that order is found digit by digit (a radix select over histograms), never by a sort. Weights are integers, so
// their sums do not depend on the order of threads.

// A place in the order of tokens: the logit's bits made orderable, then the complement of the id.
struct Place {
  key: u32,
  id: u32,
}

const BINS = 256u;
const WEIGHT_ONE = 16777216.0;
const RUN = (VOCABULARY + WORKGROUP - 1u) / WORKGROUP;  // tokens a thread when neighbours must stay together

var<workgroup> lowBits: array<atomic<u32>, BINS>;   // a bin's sum of weights modulo 4096 …
var<workgroup> highBits: array<atomic<u32>, BINS>;  // … and of weights / 4096: neither overflows
var<workgroup> cut: Place;                          // tokens before it are out
var<workgroup> needed: vec2u;                       // what the tokens down to the cut must add up to
var<workgroup> dropsTies: u32;
var<workgroup> threadSums: array<vec2u, WORKGROUP>;
var<workgroup> drawn: vec3u;                        // thread that has the drawn token, and what is left of the target
var<workgroup> largest: f32;

fn placeOf(token: u32) -> Place {
  let logit = logits[token];
  let bits = bitcast<u32>(select(logit, 0.0, logit == 0.0));
  return Place(select(bits | 0x80000000u, ~bits, bits >= 0x80000000u), ~token);
}

fn isIn(place: Place) -> bool {
  return place.key > cut.key || (place.key == cut.key && place.id >= cut.id);
}

fn weightOf(token: u32) -> u32 {
  let exponent = (logits[token] - largest) / sampling.temperature;
  return u32(round(exp(clamp(exponent, -87.0, 0.0)) * WEIGHT_ONE));
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
  return add64(vec2u(atomicLoad(&lowBits[bin]), 0u), multiply32(atomicLoad(&highBits[bin]), 4096u));
}

// Moves the cut up to the last token that is needed to reach `needed`, by token counts or by weights.
fn raiseCut(byWeight: bool, thread: u32) {
  var prefix = Place(0u, 0u);
  for (var level = 0u; level < 8u; level++) {
    for (var bin = thread; bin < BINS; bin += WORKGROUP) {
      atomicStore(&lowBits[bin], 0u);
      atomicStore(&highBits[bin], 0u);
    }
    workgroupBarrier();
    for (var token = thread; token < VOCABULARY; token += WORKGROUP) {
      let place = placeOf(token);
      if (isIn(place) && matches(place, prefix, level)) {
        var measure = 1u;
        if (byWeight) {
          measure = weightOf(token);
        }
        let bin = digitOf(place, level);
        atomicAdd(&lowBits[bin], measure & 4095u);
        atomicAdd(&highBits[bin], measure >> 12u);
      }
    }
    workgroupBarrier();
    if (thread == 0u) {
      var bin = BINS - 1u;
      var above = vec2u(0u);
      var sum = binSum(bin);
      while (bin > 0u && less64(add64(above, sum), needed)) {
        above = add64(above, sum);
        bin--;
        sum = binSum(bin);
      }
      needed = subtract64(needed, above);
      if (level < 4u) {
        prefix.key |= bin << (24u - 8u * level);
      } else {
        prefix.id |= bin << (24u - 8u * (level - 4u));
      }
      threadSums[0] = vec2u(prefix.key, prefix.id);
      dropsTies = select(0u, 1u, less64(needed, sum));
    }
    let found = workgroupUniformLoad(&threadSums[0]);
    prefix = Place(found.x, found.y);
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

// The weight of a token that is still in and not below `floor`; else 0.
fn survivingWeight(token: u32, least: u32) -> u32 {
  if (!isIn(placeOf(token))) {
    return 0u;
  }
  let weight = weightOf(token);
  return select(0u, weight, weight >= least);
}

// Sums the surviving weights of each thread's run of neighbouring tokens; gives the sum of all.
fn sumWeights(least: u32, thread: u32) -> vec2u {
  var sum = vec2u(0u);
  for (var token = thread * RUN; token < min((thread + 1u) * RUN, VOCABULARY); token++) {
    sum = add64(sum, vec2u(survivingWeight(token, least), 0u));
  }
  threadSums[thread] = sum;
  workgroupBarrier();
  var total = vec2u(0u);
  for (var member = 0u; member < WORKGROUP; member++) {
    total = add64(total, threadSums[member]);
  }
  workgroupBarrier();
  return total;
}

fn emit(token: u32) {
  counts[token]++;
  step.results[step.emitted % RESULTS] = token;
  step.emitted++;
  step.position += step.count;
  step.count = 1u;
  step.slotIn = step.slotOut;
  step.slotOut = (step.slotOut + 1u) % step.slots;
  step.tokens[0] = token;
  if (step.emitted >= step.limit) {
    step.ended = 1u;
  }
  for (var index = 0u; index < sampling.stopCount; index++) {
    if (sampling.stops[index] == token) {
      step.ended = 1u;
    }
  }
}

var<workgroup> ended: u32;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
  if (thread == 0u) {
    ended = step.ended;
  }
  if (workgroupUniformLoad(&ended) != 0u) {
    return;
  }
  var mine = Maximum(-3.4e38, VOCABULARY);
  for (var index = thread; index < MAXIMA; index += WORKGROUP) {
    mine = better(mine, maxima[index]);
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
    needed = vec2u(sampling.topK, 0u);
  }
  workgroupBarrier();
  if (sampling.topK > 0u && sampling.topK < VOCABULARY) {
    raiseCut(false, thread);
  }
  if (sampling.topP < 65536u) {
    let total = sumWeights(0u, thread);
    if (thread == 0u) {
      // ceil(total * topP / 65536), at least 1: the best token always stays.
      let product = add64(multiply32(total.x, sampling.topP), vec2u(0u, total.y * sampling.topP));
      let rounded = add64(product, vec2u(65535u, 0u));
      needed = vec2u((rounded.x >> 16u) | (rounded.y << 16u), rounded.y >> 16u);
      needed.x = select(needed.x, 1u, needed.x == 0u && needed.y == 0u);
    }
    workgroupBarrier();
    raiseCut(true, thread);
  }
  let total = sumWeights(sampling.minWeight, thread);
  if (thread == 0u) {
    let random = philox(vec4u(step.position + step.count, 0u, 0u, 0u), vec2u(sampling.seed, 0u)).x;
    var left = scale64(total, random);
    var member = 0u;
    while (member < WORKGROUP - 1u && !less64(left, threadSums[member])) {
      left = subtract64(left, threadSums[member]);
      member++;
    }
    drawn = vec3u(member, left);
  }
  let mark = workgroupUniformLoad(&drawn);
  if (thread == mark.x) {
    var left = mark.yz;
    var token = thread * RUN;
    var weight = vec2u(survivingWeight(token, sampling.minWeight), 0u);
    while (!less64(left, weight)) {
      left = subtract64(left, weight);
      token++;
      weight = vec2u(survivingWeight(token, sampling.minWeight), 0u);
    }
    emit(token);
  }
}
