// As threads.subgroup_id.wgsl, where WGSL does not number subgroups: they number themselves.
struct Builtins {
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
}

var<workgroup> subgroupsJoined: atomic<u32>;

// The barrier: without any in a kernel, SwiftShader clears workgroup memory anew for each subgroup.
fn threadOf(builtins: Builtins) -> u32 {
  workgroupBarrier();
  var subgroup = 0u;
  if (builtins.lane == 0u) {
    subgroup = atomicAdd(&subgroupsJoined, 1u);
  }
  return (subgroupBroadcast(subgroup, 0u) * builtins.lanes + builtins.lane) % WORKGROUP;
}
