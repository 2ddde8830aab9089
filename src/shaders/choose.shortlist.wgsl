// Chooses the next token greedily, or from a shortlist where top-k keeps at most LARGEST_TOP_K (docs/MODEL.md section 14).
// Each thread holds the best tokens of four segments. A histogram of how far these lie below the best of all gives a
// distance within which there are k of them, so at least k tokens, and few others. Only segments whose best is that near
// are looked into; what is near goes on the list, is ranked by comparing all with all, and the first k are kept.
// Weights of so few tokens add up in 32 bits.
const SHORTLIST = 256u;
const AHEAD = 8u;           // list entries whose reads do not wait for each other
const BINS = 128u;
const BINS_A_ROW = 16u;
const ROWS = BINS / BINS_A_ROW;
const REACH = 18.0;         // logits / temperature below the best at which no token has any weight: 2^25 < exp(17.4)

struct Candidate {
  logit: f32,
  id: u32,
  weight: u32,
}

struct Kept {
  id: u32,
  weight: u32,
  before: u32,   // weight of all better ones
}

var<workgroup> lowestBest: atomic<u32>;            // V - id of the best token
var<workgroup> bins: array<atomic<u32>, BINS>;     // segments by the distance of their best, in REACH / BINS
var<workgroup> rows: array<u32, ROWS>;             // sums of neighbouring bins
var<workgroup> segments: array<u32, SHORTLIST>;    // those to look into
var<workgroup> segmentCount: atomic<u32>;
var<workgroup> list: array<Candidate, SHORTLIST>;
var<workgroup> listCount: atomic<u32>;
var<workgroup> listSize: u32;
var<workgroup> kept: array<Kept, LARGEST_TOP_K>;   // by rank
var<workgroup> random: u32;

// How near to the best a token is. A worse token is never nearer.
struct Ruler {
  largest: f32,
  binsPerLogit: f32,
}

// In BINS a REACH; BINS for what is out of reach or no token.
fn distancesOf(ruler: Ruler, tokens: vec4u, values: vec4f) -> vec4u {
  // The lowest logits are too far away to be multiplied.
  let gaps = min(ruler.largest - values, vec4f(2.0 * f32(BINS) / ruler.binsPerLogit));
  let distances = vec4u(min(gaps * ruler.binsPerLogit, vec4f(f32(BINS))));
  return select(vec4u(BINS), distances, tokens < vec4u(VOCABULARY));
}

fn countNear(distance: u32) {
  if (distance < BINS) {
    atomicAdd(&bins[distance], 1u);
  }
}

// The distance within which there are the best tokens of k segments, or of all that matter.
fn nearEnough(thread: u32, distances: vec4u, topK: u32) -> u32 {
  countNear(distances.x);
  countNear(distances.y);
  countNear(distances.z);
  countNear(distances.w);
  workgroupBarrier();
  if (thread < ROWS) {
    var sum = 0u;
    for (var index = 0u; index < BINS_A_ROW; index++) {
      // Each thread begins elsewhere, so that no two read the same bank.
      sum += atomicLoad(&bins[thread * BINS_A_ROW + (index + thread) % BINS_A_ROW]);
    }
    rows[thread] = sum;
  }
  workgroupBarrier();
  var row = 0u;
  var sum = 0u;
  var before = 0u;
  for (var index = 0u; index < ROWS; index++) {
    sum += rows[index];
    if (sum < topK) {
      row = index + 1u;
      before = sum;
    }
  }
  if (row == ROWS) {
    return BINS - 1u;
  }
  var bin = row * BINS_A_ROW;
  for (var index = 0u; index < BINS_A_ROW; index++) {
    before += atomicLoad(&bins[row * BINS_A_ROW + index]);
    if (before < topK) {
      bin = row * BINS_A_ROW + index + 1u;
    }
  }
  return bin;
}

// Lists the segments whose best token is near. Each holds a token for the list, so none that finds no place matters.
fn listSegments(found: vec4u, isNear: vec4<bool>) {
  let ones = select(vec4u(0u), vec4u(1u), isNear);
  let before = vec4u(0u, ones.x, ones.x + ones.y, ones.x + ones.y + ones.z);
  if (any(isNear)) {
    let places = atomicAdd(&segmentCount, before.w + ones.w) + before;
    listSegment(places.x, found.x, isNear.x);
    listSegment(places.y, found.y, isNear.y);
    listSegment(places.z, found.z, isNear.z);
    listSegment(places.w, found.w, isNear.w);
  }
}

fn listSegment(place: u32, segment: u32, isNear: bool) {
  if (isNear && place < SHORTLIST) {
    segments[place] = segment;
  }
}

// Tokens of the listed segments at four places in a row of them all; V where there is none.
fn tokensAt(first: u32, count: u32) -> vec4u {
  let places = first + vec4u(0u, WORKGROUP, 2u * WORKGROUP, 3u * WORKGROUP);
  let listed = min(places / SEGMENT, vec4u(SHORTLIST - 1u));
  let found = vec4u(segments[listed.x], segments[listed.y], segments[listed.z], segments[listed.w]);
  return select(vec4u(VOCABULARY), found * SEGMENT + places % SEGMENT, places < vec4u(count));
}

fn listTokens(tokens: vec4u, values: vec4f, isNear: vec4<bool>) {
  let ones = select(vec4u(0u), vec4u(1u), isNear);
  let before = vec4u(0u, ones.x, ones.x + ones.y, ones.x + ones.y + ones.z);
  if (any(isNear)) {
    let places = atomicAdd(&listCount, before.w + ones.w) + before;
    listToken(places.x, values.x, tokens.x, isNear.x);
    listToken(places.y, values.y, tokens.y, isNear.y);
    listToken(places.z, values.z, tokens.z, isNear.z);
    listToken(places.w, values.w, tokens.w, isNear.w);
  }
}

fn listToken(place: u32, logit: f32, id: u32, isNear: bool) {
  if (isNear && place < SHORTLIST) {
    list[place] = Candidate(logit, id, 0u);
  }
}

// Lists the tokens of the listed segments that are near. Eight loads at a time do not wait for each other.
fn gather(thread: u32, ruler: Ruler, reach: u32) {
  let count = min(atomicLoad(&segmentCount), SHORTLIST) * SEGMENT;
  for (var first = thread; first < count; first += 8u * WORKGROUP) {
    let tokens = tokensAt(first, count);
    let others = tokensAt(first + 4u * WORKGROUP, count);
    let values = logitsOf(tokens);
    let otherValues = logitsOf(others);
    listTokens(tokens, values, distancesOf(ruler, tokens, values) <= vec4u(reach));
    listTokens(others, otherValues, distancesOf(ruler, others, otherValues) <= vec4u(reach));
  }
}

// Lists the k best tokens one after the other, each the best behind the one before: slow, and right whatever the logits.
// For logits so flat or so full of ties that the tokens that are near do not fit on the list.
fn gatherInOrder(thread: u32, topK: u32) {
  var last = Token(0.0, 0u);
  for (var rank = 0u; rank < topK; rank++) {
    var mine = Token(LOWEST, VOCABULARY);
    for (var id = thread; id < VOCABULARY; id += WORKGROUP) {
      let token = Token(logits[id], id);
      if ((rank == 0u || precedes(last, token)) && precedes(token, mine)) {
        mine = token;
      }
    }
    threadLargest[thread] = mine.logit;
    if (thread == 0u) {
      atomicStore(&lowestBest, 0u);
    }
    workgroupBarrier();
    let largest = largestOfWorkgroup(thread);
    if (mine.logit == largest) {
      atomicMax(&lowestBest, VOCABULARY - mine.id);
    }
    workgroupBarrier();
    last = Token(largest, VOCABULARY - atomicLoad(&lowestBest));
    if (thread == 0u) {
      list[rank] = Candidate(last.logit, last.id, 0u);
    }
    workgroupBarrier();
  }
}

// Weighs what is on the list, and fills it up to a whole block with what is worse than any token and weighs nothing.
fn weighList(thread: u32, size: u32, largest: f32, temperature: f32) {
  for (var index = thread; index < size; index += WORKGROUP) {
    list[index].weight = weightOf(list[index].logit, largest, temperature);
  }
  if (thread < AHEAD && size + thread < SHORTLIST) {
    list[size + thread] = Candidate(LOWEST, VOCABULARY, 0u);
  }
}

// Ranks the list and keeps the first k.
fn keepBest(thread: u32, size: u32, topK: u32) {
  for (var index = thread; index < size; index += WORKGROUP) {
    let mine = list[index];
    var rank = 0u;
    var before = 0u;
    for (var first = 0u; first < size; first += AHEAD) {
      for (var ahead = 0u; ahead < AHEAD; ahead++) {
        let other = list[first + ahead];
        let isBefore = precedes(Token(other.logit, other.id), Token(mine.logit, mine.id));
        rank += select(0u, 1u, isBefore);
        before += select(0u, other.weight, isBefore);
      }
    }
    if (rank < topK) {
      kept[rank] = Kept(mine.id, mine.weight, before);
    }
  }
}

// What the best tokens must add up to for top-p: ceil(total * topP / 65536), at least 1, as the best token always stays.
fn neededMass(total: u32, topP: u32) -> u32 {
  return max(1u, (total >> 16u) * topP + (((total & 65535u) * topP + 65535u) >> 16u));
}

// Drops what top-p and min-p drop, draws from what is left, and emits it.
fn draw(thread: u32, count: u32, options: Options, header: Header) {
  let worst = kept[count - 1u];
  let needed = neededMass(worst.before + worst.weight, options.topP);
  for (var index = thread; index < count; index += WORKGROUP) {
    let mine = kept[index];
    var before = 0u;
    var total = 0u;
    // Kept tokens go by rank: from the first that top-p drops on, all are out.
    for (var first = 0u; first < count && kept[first].before < needed; first += AHEAD) {
      for (var ahead = 0u; ahead < AHEAD; ahead++) {
        let other = kept[first + ahead];
        let weight = select(0u, other.weight, other.before < needed && other.weight >= options.minWeight);
        total += weight;
        before += select(0u, weight, other.id < mine.id);
      }
    }
    let isIn = mine.before < needed && mine.weight >= options.minWeight;
    let mark = multiply32(total, random).y;
    if (isIn && before <= mark && mark - before < mine.weight) {
      emit(mine.id, header);
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
  let header = readHeader();
  let isOver = step.ended;
  let ownOptions = sampling.options;
  let stop = sampling.stops[min(thread, MAX_STOPS - 1u)];
  let mine = readMaxima(thread);
  share(thread, mine.logits, isOver, ownOptions, stop);
  let agreed = workgroupUniformLoad(&control);
  if (agreed.isOver != 0u) {
    return;
  }
  let options = agreed.options;
  let largest = largestOfWorkgroup(thread);
  if (options.temperature == 0.0) {
    let ranks = select(vec4u(0u), VOCABULARY - mine.ids, mine.logits == vec4f(largest));
    let rank = max(max(ranks.x, ranks.y), max(ranks.z, ranks.w));
    if (rank > 0u) {
      atomicMax(&lowestBest, rank);
    }
    workgroupBarrier();
    if (thread == 0u) {
      emit(VOCABULARY - atomicLoad(&lowestBest), header);
    }
    return;
  }
  // With a temperature below any that matters a distance would not be a number.
  let ruler = Ruler(largest, f32(BINS) / (REACH * max(options.temperature, 1e-6)));
  let distances = distancesOf(ruler, mine.ids, mine.logits);
  let reach = nearEnough(thread, distances, options.topK);
  listSegments(mine.segments, distances <= vec4u(reach));
  workgroupBarrier();
  gather(thread, ruler, reach);
  workgroupBarrier();
  let listed = atomicLoad(&listCount);
  weighList(thread, min(listed, SHORTLIST), largest, options.temperature);
  if (thread == 0u) {
    listSize = listed;
  }
  var size = workgroupUniformLoad(&listSize);
  if (size > SHORTLIST) {
    size = options.topK;
    gatherInOrder(thread, size);
    weighList(thread, size, largest, options.temperature);
    workgroupBarrier();
  }
  // A thread that seldom has a token to rank.
  if (thread == WORKGROUP - 1u) {
    random = randomWord(header, options.seed);
  }
  keepBest(thread, size, options.topK);
  workgroupBarrier();
  draw(thread, min(size, options.topK), options, header);
}
