// Numbers a workgroup's invocations so that SUBGROUP neighbours, the size of the smallest subgroup, share a subgroup: which
// local indices do is not specified. Workgroups are a multiple of every subgroup size, so subgroups are full.
struct Builtins {
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
}

fn threadOf(builtins: Builtins) -> u32 {
  return (builtins.subgroup * builtins.lanes + builtins.lane) % WORKGROUP;
}
