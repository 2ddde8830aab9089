// Teams (team.wgsl): here a subgroup, which numbers itself.
// Workgroups are a multiple of every subgroup size, so subgroups are full.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
}

var<workgroup> teamsJoined: atomic<u32>;

fn joinTeam(input: TeamInput) -> Team {
  var index = 0u;
  if (input.lane == 0u) {
    index = atomicAdd(&teamsJoined, 1u);
  }
  return Team(subgroupBroadcast(index, 0u), input.lane, input.lanes);
}

// To be called behind a barrier after joinTeam.
fn teamCount() -> u32 {
  return atomicLoad(&teamsJoined);
}
