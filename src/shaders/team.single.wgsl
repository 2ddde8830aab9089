// Teams (team.wgsl): here one alone, as suits CPU adapters: no barrier, no sum.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
}

fn joinTeam(input: TeamInput) -> Team {
  return Team(input.thread, 0u, 1u);
}

fn teamCount() -> u32 {
  return WORKGROUP;
}

fn teamSum(value: i32, team: Team, thread: u32) -> i32 {
  return value;
}
