// Chooses the next token by sweeps over the whole vocabulary, whatever the options but greedy (docs/MODEL.md section 14).
// A cut in the order of tokens is found digit by digit (a radix select over histograms), never by a sort.

// A place in the order of tokens: the logit's bits made orderable, then the complement of the id.
struct Place {
  key: u32,
  id: u32,
}

const BINS = 256u;
const RUN = (VOCABULARY + WORKGROUP - 1u) / WORKGROUP;  // tokens a thread when neighbours must stay together

var<workgroup> lowBits: array<atomic<u32>, BINS>;   // a bin's sum of weights modulo 4096 …
var<workgroup> highBits: array<atomic<u32>, BINS>;  // … and of weights / 4096: neither overflows
var<workgroup> cut: Place;                          // tokens before it are out
var<workgroup> needed: vec2u;                       // what the tokens down to the cut must add up to
var<workgroup> dropsTies: u32;
var<workgroup> threadSums: array<vec2u, WORKGROUP>;
var<workgroup> drawn: vec3u;                        // thread that has the drawn token, and what is left of the target

var<private> largest: f32;
var<private> options: Options;

fn weight(token: u32) -> u32 {
  return weightOf(logits[token], largest, options.temperature);
}

// What the best tokens must add up to for top-p: ceil(total * topP / 65536), at least 1, as the best token always stays.
fn neededMass(total: vec2u) -> vec2u {
  let product = add64(multiply32(total.x, options.topP), vec2u(0u, total.y * options.topP));
  let rounded = add64(product, vec2u(65535u, 0u));
  let mass = vec2u((rounded.x >> 16u) | (rounded.y << 16u), rounded.y >> 16u);
  return vec2u(select(mass.x, 1u, mass.x == 0u && mass.y == 0u), mass.y);
}

fn placeOf(token: u32) -> Place {
  let logit = logits[token];
  let bits = bitcast<u32>(select(logit, 0.0, logit == 0.0));
  return Place(select(bits | 0x80000000u, ~bits, bits >= 0x80000000u), ~token);
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
          measure = weight(token);
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

// The weight of a token that is still in and not below `least`; else 0.
fn survivingWeight(token: u32, least: u32) -> u32 {
  if (!isIn(placeOf(token))) {
    return 0u;
  }
  let own = weight(token);
  return select(0u, own, own >= least);
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
    let total = sumWeights(0u, thread);
    if (thread == 0u) {
      needed = neededMass(total);
    }
    workgroupBarrier();
    raiseCut(true, thread);
  }
  let total = sumWeights(options.minWeight, thread);
  if (thread == 0u) {
    var left = scale64(total, randomWord(header, options.seed));
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
    var own = vec2u(survivingWeight(token, options.minWeight), 0u);
    while (!less64(left, own)) {
      left = subtract64(left, own);
      token++;
      own = vec2u(survivingWeight(token, options.minWeight), 0u);
    }
    emit(token, header);
  }
}
