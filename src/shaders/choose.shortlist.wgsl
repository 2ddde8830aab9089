// Top-k, top-p, min-p and draw over a few candidates, where top-k allows it (docs/MODEL.md section 14).
// The k-th best of the workgroups' maxima is no better than the k-th best token, so whatever is at least as good as it
// holds the top k: a few hundred tokens at most, which every thread compares with all others, without sweeps or sorts.
const SHORTLIST = 512u;
const LARGEST_TOP_K = 128u;
const AHEAD = 8u;
const PER_THREAD = (SHORTLIST + WORKGROUP - 1u) / WORKGROUP;

var<workgroup> list: array<Maximum, SHORTLIST>;      // first all maxima, then the candidates
var<workgroup> listWeights: array<u32, SHORTLIST>;   // 0 once a candidate is out
var<workgroup> listRanks: array<u32, SHORTLIST>;     // candidates that are better
var<workgroup> listSize: atomic<u32>;
var<workgroup> bestGroups: array<u32, LARGEST_TOP_K>; // workgroups by the rank of their maximum, the first k
var<workgroup> threshold: Maximum;
var<workgroup> sharedSize: u32;

// Candidates better than `mine`. The list is padded to whole blocks: reads of a block do not wait for each other.
fn rankIn(size: u32, mine: Maximum) -> u32 {
  var rank = 0u;
  for (var first = 0u; first < size; first += AHEAD) {
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      rank += select(0u, 1u, precedes(list[first + ahead], mine));
    }
  }
  return rank;
}

// Fills the list up to a whole block with candidates that are worse than all and weigh nothing.
fn padList(size: u32, thread: u32) {
  if (thread < AHEAD && size + thread < SHORTLIST) {
    list[size + thread] = Maximum(-3.4e38, VOCABULARY);
    listWeights[size + thread] = 0u;
    listRanks[size + thread] = SHORTLIST;
  }
  workgroupBarrier();
}

// Ranks the workgroups' maxima: the first topK go into bestGroups, the last of them becomes the threshold.
fn rankGroups(thread: u32) {
  for (var index = thread; index < MAXIMA; index += WORKGROUP) {
    list[index] = maxima[index];
  }
  padList(MAXIMA, thread);
  for (var index = thread; index < MAXIMA; index += WORKGROUP) {
    let rank = rankIn(MAXIMA, list[index]);
    if (rank < sampling.topK) {
      bestGroups[rank] = index;
    }
    if (rank == sampling.topK - 1u) {
      threshold = list[index];
    }
  }
  workgroupBarrier();
}

// Lists the tokens that are no worse than the threshold; gives their number, which may exceed the list.
fn gather(thread: u32) -> u32 {
  for (var first = 0u; first < sampling.topK; first += AHEAD) {
    var found: array<Maximum, AHEAD>;
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      let token = bestGroups[min(first + ahead, sampling.topK - 1u)] * WORKGROUP + thread;
      found[ahead] = Maximum(logits[min(token, VOCABULARY - 1u)], token);
    }
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      let isToken = first + ahead < sampling.topK && found[ahead].id < VOCABULARY;
      if (isToken && !precedes(threshold, found[ahead])) {
        let place = atomicAdd(&listSize, 1u);
        if (place < SHORTLIST) {
          list[place] = found[ahead];
          listWeights[place] = weightOf(found[ahead].value);
        }
      }
    }
  }
  workgroupBarrier();
  if (thread == 0u) {
    sharedSize = atomicLoad(&listSize);
  }
  return workgroupUniformLoad(&sharedSize);
}

// Draws among the candidates and emits the one drawn. Gives false, with nothing done, where the list cannot hold them.
fn drawFromShortlist(thread: u32) -> bool {
  if (MAXIMA > SHORTLIST || sampling.topK == 0u || sampling.topK > min(MAXIMA, LARGEST_TOP_K)) {
    return false;
  }
  rankGroups(thread);
  let size = gather(thread);
  if (size > SHORTLIST) {
    return false;
  }
  padList(size, thread);
  for (var index = thread; index < size; index += WORKGROUP) {
    listRanks[index] = rankIn(size, list[index]);
    if (listRanks[index] >= sampling.topK) {
      listWeights[index] = 0u;
    }
  }
  workgroupBarrier();
  dropTail(thread, size);
  let mark = drawMark(massBefore(size, VOCABULARY));
  for (var index = thread; index < size; index += WORKGROUP) {
    let before = massBefore(size, list[index].id);
    if (!less64(mark, before) && less64(mark, add64(before, vec2u(listWeights[index], 0u)))) {
      emit(list[index].id);
    }
  }
  return true;
}

// The weight of the candidates whose id is below `id`. A block's sum fits into 32 bits.
fn massBefore(size: u32, id: u32) -> vec2u {
  var mass = vec2u(0u);
  for (var first = 0u; first < size; first += AHEAD) {
    var block = 0u;
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      block += select(0u, listWeights[first + ahead], list[first + ahead].id < id);
    }
    mass = add64(mass, vec2u(block, 0u));
  }
  return mass;
}

// The weight of the candidates that are better than the one of rank `rank`.
fn massAbove(size: u32, rank: u32) -> vec2u {
  var mass = vec2u(0u);
  for (var first = 0u; first < size; first += AHEAD) {
    var block = 0u;
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      block += select(0u, listWeights[first + ahead], listRanks[first + ahead] < rank);
    }
    mass = add64(mass, vec2u(block, 0u));
  }
  return mass;
}

// Takes the candidates out that top-p and min-p drop.
fn dropTail(thread: u32, size: u32) {
  let enough = neededMass(massBefore(size, VOCABULARY));
  var isOut: array<bool, PER_THREAD>;
  for (var turn = 0u; turn < PER_THREAD; turn++) {
    let index = turn * WORKGROUP + thread;
    if (index < size) {
      isOut[turn] = !less64(massAbove(size, listRanks[index]), enough) || listWeights[index] < sampling.minWeight;
    }
  }
  workgroupBarrier();
  for (var turn = 0u; turn < PER_THREAD; turn++) {
    if (isOut[turn]) {
      listWeights[turn * WORKGROUP + thread] = 0u;
    }
  }
  workgroupBarrier();
}
