// A team is the invocations that work on one row together; here one alone, as suits CPU adapters: no barrier, no sum.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
}

struct Team {
  index: u32,
  lane: u32,
  lanes: u32,
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
