// Reduces accumulators over a workgroup, by a binary tree of neighbours: thread pairs, then pairs of pairs. In workgroup
// memory, in two stages, as each takes a barrier; the trees are spelled out, because drivers put arrays that loops walk
// through into slow memory.
const STAGE_GROUPS = 16u;
const STAGE_MEMBERS = WORKGROUP / STAGE_GROUPS;

var<workgroup> scratch: array<f32, ACCUMULATORS * WORKGROUP>;
var<workgroup> staged: array<f32, ACCUMULATORS * STAGE_GROUPS>;

fn tree2(accumulator: u32, at: u32) -> f32 {
  return combine(accumulator, scratch[at], scratch[at + 1u]);
}

fn tree4(accumulator: u32, at: u32) -> f32 {
  return combine(accumulator, tree2(accumulator, at), tree2(accumulator, at + 2u));
}

fn tree8(accumulator: u32, at: u32) -> f32 {
  return combine(accumulator, tree4(accumulator, at), tree4(accumulator, at + 4u));
}

fn tree16(accumulator: u32, at: u32) -> f32 {
  return combine(accumulator, tree8(accumulator, at), tree8(accumulator, at + 8u));
}

fn treeOfMembers(accumulator: u32, at: u32) -> f32 {
  switch STAGE_MEMBERS {
    case 4u: {
      return tree4(accumulator, at);
    }
    case 8u: {
      return tree8(accumulator, at);
    }
    default: {
      return tree16(accumulator, at);
    }
  }
}

fn quarter(accumulator: u32, at: u32) -> f32 {
  return combine(
    accumulator,
    combine(accumulator, staged[at], staged[at + 1u]),
    combine(accumulator, staged[at + 2u], staged[at + 3u]),
  );
}

fn treeOfStaged(accumulator: u32, at: u32) -> f32 {
  return combine(
    accumulator,
    combine(accumulator, quarter(accumulator, at), quarter(accumulator, at + 4u)),
    combine(accumulator, quarter(accumulator, at + 8u), quarter(accumulator, at + 12u)),
  );
}

fn reduceWorkgroup(mine: array<f32, ACCUMULATORS>, thread: u32) -> array<f32, ACCUMULATORS> {
  var values = mine;
  /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
    scratch[accumulator * WORKGROUP + thread] = values[accumulator];
  }
  workgroupBarrier();
  for (var item = thread; item < ACCUMULATORS * STAGE_GROUPS; item += WORKGROUP) {
    let accumulator = item / STAGE_GROUPS;
    staged[item] = treeOfMembers(accumulator, accumulator * WORKGROUP + (item % STAGE_GROUPS) * STAGE_MEMBERS);
  }
  workgroupBarrier();
  if (thread < ACCUMULATORS) {
    scratch[thread] = treeOfStaged(thread, thread * STAGE_GROUPS);
  }
  workgroupBarrier();
  /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
    values[accumulator] = scratch[accumulator];
  }
  return values;
}
