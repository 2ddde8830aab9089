// Teams (team.wgsl): here LANES neighbours that add up in workgroup memory.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
}

var<workgroup> laneSums: array<i32, WORKGROUP>;

fn joinTeam(input: TeamInput) -> Team {
  return Team(input.thread / LANES, input.thread % LANES, LANES);
}

fn teamCount() -> u32 {
  return WORKGROUP / LANES;
}

// To be called in uniform control flow; the sum is valid in lane 0.
fn teamSum(value: i32, team: Team, thread: u32) -> i32 {
  workgroupBarrier();
  laneSums[thread] = value;
  workgroupBarrier();
  var total = value;
  if (team.lane == 0u) {
    for (var lane = 1u; lane < LANES; lane++) {
      total += laneSums[thread + lane];
    }
  }
  return total;
}
