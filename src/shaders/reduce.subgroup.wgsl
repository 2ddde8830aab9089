// Reduces accumulators over a workgroup, by a binary tree of neighbours: thread pairs, then pairs of pairs. Its first
// levels are exchanged within SUBGROUP threads, the rest goes through workgroup memory. SUBGROUPS = WORKGROUP / SUBGROUP.
var<workgroup> partials: array<f32, ACCUMULATORS * SUBGROUPS>;

fn reduceWorkgroup(mine: array<f32, ACCUMULATORS>, thread: u32) -> array<f32, ACCUMULATORS> {
  var values = mine;
  /*unroll*/ for (var distance = 1u; distance < SUBGROUP; distance *= 2u) {
    /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
      values[accumulator] = exchanged(accumulator, values[accumulator], distance);
    }
  }
  if (thread % SUBGROUP == 0u) {
    /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
      partials[accumulator * SUBGROUPS + thread / SUBGROUP] = values[accumulator];
    }
  }
  workgroupBarrier();
  if (SUBGROUPS <= SUBGROUP) {
    /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
      values[accumulator] = partials[accumulator * SUBGROUPS + thread % SUBGROUPS];
    }
    /*unroll*/ for (var distance = 1u; distance < SUBGROUPS; distance *= 2u) {
      /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
        values[accumulator] = exchanged(accumulator, values[accumulator], distance);
      }
    }
    return values;
  }
  /*unroll*/ for (var accumulator = 0u; accumulator < ACCUMULATORS; accumulator++) {
    values[accumulator] = treeOfPartials(accumulator);
  }
  return values;
}

fn exchanged(accumulator: u32, value: f32, distance: u32) -> f32 {
  return combine(accumulator, value, subgroupShuffleXor(value, distance));
}

// Where the partial values are more than a subgroup holds: each thread walks the tree by itself.
fn treeOfPartials(accumulator: u32) -> f32 {
  var level: array<f32, SUBGROUPS>;
  for (var index = 0u; index < SUBGROUPS; index++) {
    level[index] = partials[accumulator * SUBGROUPS + index];
  }
  for (var distance = 1u; distance < SUBGROUPS; distance *= 2u) {
    for (var index = 0u; index < SUBGROUPS; index += 2u * distance) {
      level[index] = combine(accumulator, level[index], level[index + distance]);
    }
  }
  return level[0];
}
