// A team is the invocations that work on one row together. The files beside this define TeamInput (the entry point's
// builtins), joinTeam, teamCount and teamSum.
struct Team {
  index: u32,  // of the team in its workgroup
  lane: u32,   // of the invocation in its team
  lanes: u32,  // of the team
}
