// The sum over a team, for every lane: LANES is no more than the smallest subgroup. By shuffles: with subgroupAdd, the
// fifth and later of several sums in a row came out wrong on an H100 under Vulkan, although all lanes were there.
fn teamSum(value: i32, thread: u32) -> i32 {
  var total = value;
  /*unroll*/ for (var distance = 1u; distance < LANES; distance *= 2u) {
    total += subgroupShuffleXor(total, distance);
  }
  return total;
}
