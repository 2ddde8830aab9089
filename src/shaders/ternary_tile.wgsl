// Ternary projection of many tokens: exact int32 sums, then the epilogue `finish` (docs/MODEL.md section 3). A workgroup
// makes a tile of TILE_TOKENS tokens x TILE_ROWS rows, TILE_WORDS words of every row at a time in workgroup memory; a
// thread makes THREAD_TOKENS x 4 of it. Weights stay 2-bit codes until a thread has them: a word gives four operands, each
// used for all of its tokens, so 16 * THREAD_TOKENS dot products cost 28 instructions of unpacking and 4 + THREAD_TOKENS loads.
// MATRICES matrices whose channels the epilogue needs together share a tile; others are workgroups apart in z.
// What the next words need is asked for before the present ones are worked on. Sums, and all that is indexed, are spelled
// out: drivers put arrays that loops walk through into slow memory.
const THREAD_ROWS = 4u;
const TOKEN_THREADS = TILE_TOKENS / THREAD_TOKENS;
const ROW_THREADS = TILE_ROWS / THREAD_ROWS;
const CHANNELS = THREAD_ROWS / MATRICES;  // of one thread
const ACTIVATION_LOADS = TILE_TOKENS * TILE_WORDS / WORKGROUP;
const WEIGHT_LOADS = TILE_ROWS * TILE_WORDS / WORKGROUP;
const LAST = THREAD_TOKENS - 1u;
const IS_WHOLE = ROW_WORDS % TILE_WORDS == 0u;
const_assert WORKGROUP == TOKEN_THREADS * ROW_THREADS && WORKGROUP >= TILE_TOKENS;
const_assert THREAD_TOKENS == 4u || THREAD_TOKENS == 8u;
const_assert MATRICES == 1u || MATRICES == 2u;
const_assert TILE_TOKENS * TILE_WORDS % WORKGROUP == 0u && ACTIVATION_LOADS <= 4u;
const_assert TILE_ROWS * TILE_WORDS % WORKGROUP == 0u && WEIGHT_LOADS <= 4u;

// In the order in which threads fill it, and such that a thread's tokens are neighbours.
var<workgroup> activationTile: array<array<array<vec4u, THREAD_TOKENS>, TILE_WORDS>, TOKEN_THREADS>;
// A place more than there are threads: lanes that store neighbouring words of a row then meet different banks.
var<workgroup> weightTile: array<array<array<u32, ROW_THREADS + 1u>, THREAD_ROWS>, TILE_WORDS>;
// Of each token 1 / a and the sum of q.
var<workgroup> tokenInfo: array<array<vec2u, THREAD_TOKENS>, TOKEN_THREADS>;

struct Tile {
  thread: u32,
  firstToken: u32,   // of the tile
  lastToken: u32,    // that there is
  firstRow: u32,     // channel of the tile's first row
  matrix: u32,       // first one of the tile
  tokenThread: u32,  // which of the tile's tokens are this thread's
  rowThread: u32,    // and which rows
}

// One step's words on their way to workgroup memory.
struct Fetched {
  activations: array<vec4u, 4>,
  codes: array<Packed, 4>,
}

fn wordThere(word: u32) -> u32 {
  return select(min(word, ROW_WORDS - 1u), word, IS_WHOLE);
}

fn fetchActivations(tile: Tile, load: u32, firstWord: u32) -> vec4u {
  let item = load * WORKGROUP + tile.thread;
  let token = (item / (THREAD_TOKENS * TILE_WORDS)) * THREAD_TOKENS + item % THREAD_TOKENS;
  let word = firstWord + (item / THREAD_TOKENS) % TILE_WORDS;
  let stored = storedWords(
    min(tile.firstToken + token, tile.lastToken), tile.matrix % INPUTS, wordThere(word),
  );
  // Codes of words that are not there are multiplied by zeros.
  return select(vec4u(0u), stored, IS_WHOLE || word < ROW_WORDS);
}

fn fetchCodes(tile: Tile, load: u32, firstWord: u32) -> Packed {
  let item = load * WORKGROUP + tile.thread;
  let slot = item / (TILE_WORDS * ROW_THREADS);  // which of a thread's rows
  let channel = tile.firstRow + (slot % CHANNELS) * ROW_THREADS + (item / TILE_WORDS) % ROW_THREADS;
  let row = (tile.matrix + slot / CHANNELS) * ROWS + min(channel, ROWS - 1u);
  return packedCodes(MATRIX_START + row * GROUPS * 4u, wordThere(firstWord + item % TILE_WORDS));
}

fn fetch(tile: Tile, firstWord: u32) -> Fetched {
  var fetched: Fetched;
  fetched.activations[0] = fetchActivations(tile, 0u, firstWord);
  fetched.codes[0] = fetchCodes(tile, 0u, firstWord);
  if (ACTIVATION_LOADS > 1u) {
    fetched.activations[1] = fetchActivations(tile, 1u, firstWord);
  }
  if (ACTIVATION_LOADS > 2u) {
    fetched.activations[2] = fetchActivations(tile, 2u, firstWord);
  }
  if (ACTIVATION_LOADS > 3u) {
    fetched.activations[3] = fetchActivations(tile, 3u, firstWord);
  }
  if (WEIGHT_LOADS > 1u) {
    fetched.codes[1] = fetchCodes(tile, 1u, firstWord);
  }
  if (WEIGHT_LOADS > 2u) {
    fetched.codes[2] = fetchCodes(tile, 2u, firstWord);
  }
  if (WEIGHT_LOADS > 3u) {
    fetched.codes[3] = fetchCodes(tile, 3u, firstWord);
  }
  return fetched;
}

fn keepActivations(thread: u32, load: u32, words: vec4u) {
  let item = load * WORKGROUP + thread;
  let place = item / THREAD_TOKENS;
  activationTile[place / TILE_WORDS][place % TILE_WORDS][item % THREAD_TOKENS] = words;
}

fn keepCodes(thread: u32, load: u32, firstWord: u32, codes: Packed) {
  let item = load * WORKGROUP + thread;
  let row = item / TILE_WORDS;
  let word = item % TILE_WORDS;
  weightTile[word][row / ROW_THREADS][row % ROW_THREADS] = twoBitCodes(codes, firstWord + word);
}

fn keep(thread: u32, firstWord: u32, fetched: Fetched) {
  keepActivations(thread, 0u, fetched.activations[0]);
  keepCodes(thread, 0u, firstWord, fetched.codes[0]);
  if (ACTIVATION_LOADS > 1u) {
    keepActivations(thread, 1u, fetched.activations[1]);
  }
  if (ACTIVATION_LOADS > 2u) {
    keepActivations(thread, 2u, fetched.activations[2]);
  }
  if (ACTIVATION_LOADS > 3u) {
    keepActivations(thread, 3u, fetched.activations[3]);
  }
  if (WEIGHT_LOADS > 1u) {
    keepCodes(thread, 1u, firstWord, fetched.codes[1]);
  }
  if (WEIGHT_LOADS > 2u) {
    keepCodes(thread, 2u, firstWord, fetched.codes[2]);
  }
  if (WEIGHT_LOADS > 3u) {
    keepCodes(thread, 3u, firstWord, fetched.codes[3]);
  }
}

fn rowDots(codes: vec4u, activations: vec4u, sums: vec4i) -> vec4i {
  return vec4i(
    dotCodes(codes.x, activations, sums.x),
    dotCodes(codes.y, activations, sums.y),
    dotCodes(codes.z, activations, sums.z),
    dotCodes(codes.w, activations, sums.w),
  );
}

fn tokenOf(tile: Tile, index: u32) -> u32 {
  return tile.firstToken + tile.tokenThread * THREAD_TOKENS + index;
}

fn channelOf(tile: Tile, index: u32) -> u32 {
  return tile.firstRow + index * ROW_THREADS + tile.rowThread;
}

fn recallToken(tile: Tile, index: u32) -> array<Recalled, THREAD_ROWS> {
  let token = min(tokenOf(tile, index), tile.lastToken);
  var recalled: array<Recalled, THREAD_ROWS>;
  recalled[0] = recall(token, min(channelOf(tile, 0u), ROWS - 1u));
  recalled[1] = recall(token, min(channelOf(tile, 1u), ROWS - 1u));
  recalled[2] = recall(token, min(channelOf(tile, 2u), ROWS - 1u));
  recalled[3] = recall(token, min(channelOf(tile, 3u), ROWS - 1u));
  return recalled;
}

// What becomes of one channel of one token: `second` is the sum of the second matrix, where there is one.
fn finishChannel(tile: Tile, token: u32, index: u32, info: vec2u, first: i32, second: i32, recalled: Recalled) {
  let channel = channelOf(tile, index);
  if (channel >= ROWS) {
    return;
  }
  let offset = bitcast<i32>(info.y);
  let inverse = bitcast<f32>(info.x);
  var sums: array<f32, MATRICES>;
  var scales: array<f32, MATRICES>;
  sums[0] = f32(first - offset);
  scales[0] = inverse * scalarParameter(MAGNITUDE + tile.matrix % MAGNITUDES);
  if (MATRICES > 1u) {
    sums[MATRICES - 1u] = f32(second - offset);
    scales[MATRICES - 1u] = inverse * scalarParameter(MAGNITUDE + (tile.matrix + 1u) % MAGNITUDES);
  }
  finish(token, tile.matrix * ROWS + channel, sums, scales, recalled);
}

fn finishToken(tile: Tile, index: u32, sums: vec4i, recalled: array<Recalled, THREAD_ROWS>) {
  let token = tokenOf(tile, index);
  if (token > tile.lastToken) {
    return;
  }
  let info = tokenInfo[tile.tokenThread][index];
  if (MATRICES == 2u) {
    finishChannel(tile, token, 0u, info, sums.x, sums.z, recalled[0]);
    finishChannel(tile, token, 1u, info, sums.y, sums.w, recalled[1]);
  } else {
    finishChannel(tile, token, 0u, info, sums.x, 0, recalled[0]);
    finishChannel(tile, token, 1u, info, sums.y, 0, recalled[1]);
    finishChannel(tile, token, 2u, info, sums.z, 0, recalled[2]);
    finishChannel(tile, token, 3u, info, sums.w, 0, recalled[3]);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (step.ended != 0u) {
    return;
  }
  let tile = Tile(
    thread,
    group.y * TILE_TOKENS,
    step.count - 1u,
    group.x * ROW_THREADS * CHANNELS,
    group.z,
    thread / ROW_THREADS,
    thread % ROW_THREADS,
  );
  var fetched = fetch(tile, 0u);
  if (thread < TILE_TOKENS) {
    let token = min(tile.firstToken + thread, tile.lastToken);
    let inverse = inverseScale(0u, token, tile.matrix % INPUTS);
    let offset = storedOffset(token, tile.matrix % INPUTS);
    tokenInfo[thread / THREAD_TOKENS][thread % THREAD_TOKENS] = vec2u(bitcast<u32>(inverse), bitcast<u32>(offset));
  }
  var sums: array<vec4i, 8>;
  for (var firstWord = 0u; firstWord < ROW_WORDS; firstWord += TILE_WORDS) {
    workgroupBarrier();
    keep(thread, firstWord, fetched);
    workgroupBarrier();
    if (firstWord + TILE_WORDS < ROW_WORDS) {
      fetched = fetch(tile, firstWord + TILE_WORDS);
    }
    /*unroll*/ for (var word = 0u; word < TILE_WORDS; word++) {
      let codes = vec4u(
        weightTile[word][0][tile.rowThread],
        weightTile[word][1][tile.rowThread],
        weightTile[word][2][tile.rowThread],
        weightTile[word][3][tile.rowThread],
      );
      sums[0] = rowDots(codes, activationTile[tile.tokenThread][word][0], sums[0]);
      sums[1] = rowDots(codes, activationTile[tile.tokenThread][word][1], sums[1]);
      sums[2] = rowDots(codes, activationTile[tile.tokenThread][word][2], sums[2]);
      sums[3] = rowDots(codes, activationTile[tile.tokenThread][word][3], sums[3]);
      if (THREAD_TOKENS > 4u) {
        sums[4] = rowDots(codes, activationTile[tile.tokenThread][word][min(4u, LAST)], sums[4]);
        sums[5] = rowDots(codes, activationTile[tile.tokenThread][word][min(5u, LAST)], sums[5]);
        sums[6] = rowDots(codes, activationTile[tile.tokenThread][word][min(6u, LAST)], sums[6]);
        sums[7] = rowDots(codes, activationTile[tile.tokenThread][word][min(7u, LAST)], sums[7]);
      }
    }
  }
  // All of it is asked for before the first is used.
  var recalled: array<array<Recalled, THREAD_ROWS>, 8>;
  recalled[0] = recallToken(tile, 0u);
  recalled[1] = recallToken(tile, 1u);
  recalled[2] = recallToken(tile, 2u);
  recalled[3] = recallToken(tile, 3u);
  if (THREAD_TOKENS > 4u) {
    recalled[4] = recallToken(tile, 4u);
    recalled[5] = recallToken(tile, 5u);
    recalled[6] = recallToken(tile, 6u);
    recalled[7] = recallToken(tile, 7u);
  }
  finishToken(tile, 0u, sums[0], recalled[0]);
  finishToken(tile, 1u, sums[1], recalled[1]);
  finishToken(tile, 2u, sums[2], recalled[2]);
  finishToken(tile, 3u, sums[3], recalled[3]);
  if (THREAD_TOKENS > 4u) {
    finishToken(tile, 4u, sums[4], recalled[4]);
    finishToken(tile, 5u, sums[5], recalled[5]);
    finishToken(tile, 6u, sums[6], recalled[6]);
    finishToken(tile, 7u, sums[7], recalled[7]);
  }
}
