// A team is the invocations that work on one row together; here a subgroup, where WGSL numbers them.
// Lanes count those that are there: a subgroup may not be full.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
}

struct Team {
  index: u32,
  lane: u32,
  lanes: u32,
}

var<private> teams: u32;

fn joinTeam(input: TeamInput) -> Team {
  teams = input.subgroups;
  let present = subgroupBallot(true);
  var below = vec4u(0u);
  for (var word = 0u; word < 4u; word++) {
    let bits = clamp(i32(input.invocation) - i32(32u * word), 0, 32);
    below[word] = present[word] & select((1u << u32(bits % 32)) - 1u, 0xffffffffu, bits == 32);
  }
  return Team(input.subgroup, bitCount(below), bitCount(present));
}

fn bitCount(words: vec4u) -> u32 {
  let counts = countOneBits(words);
  return counts.x + counts.y + counts.z + counts.w;
}

fn teamCount() -> u32 {
  return teams;
}

fn teamSum(value: i32, team: Team, thread: u32) -> i32 {
  return subgroupAdd(value);
}
