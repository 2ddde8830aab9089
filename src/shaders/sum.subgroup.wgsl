// The sum over a team that is a subgroup, for every lane. By shuffles: with subgroupAdd, the fifth and later of several
// sums in a row came out wrong on an H100 under Vulkan, although all lanes were there.
fn teamSum(value: i32, team: Team, thread: u32) -> i32 {
  var total = value;
  for (var distance = team.lanes / 2u; distance > 0u; distance /= 2u) {
    total += subgroupShuffleXor(total, distance);
  }
  return total;
}
