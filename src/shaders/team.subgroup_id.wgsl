// Teams (team.wgsl): here a subgroup, where WGSL numbers them.
// Workgroups are a multiple of every subgroup size, so subgroups are full.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
}

var<private> teams: u32;

fn joinTeam(input: TeamInput) -> Team {
  teams = input.subgroups;
  return Team(input.subgroup, input.lane, input.lanes);
}

fn teamCount() -> u32 {
  return teams;
}
