// A team is the invocations that work on one row together; here a subgroup.
// Its size and members are the driver's choice: teams number themselves, and lanes count those that are there.
struct TeamInput {
  @builtin(local_invocation_index) thread: u32,
}

struct Team {
  index: u32,
  lane: u32,
  lanes: u32,
}

var<workgroup> teamsJoined: atomic<u32>;

fn joinTeam(input: TeamInput) -> Team {
  let lane = subgroupExclusiveAdd(1u);
  var index = 0u;
  if (lane == 0u) {
    index = atomicAdd(&teamsJoined, 1u);
  }
  return Team(subgroupAdd(index), lane, subgroupAdd(1u));
}

// To be called behind a barrier after joinTeam.
fn teamCount() -> u32 {
  return atomicLoad(&teamsJoined);
}

fn teamSum(value: i32, team: Team, thread: u32) -> i32 {
  return subgroupAdd(value);
}
