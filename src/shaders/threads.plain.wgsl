// Numbers a workgroup's invocations, where nothing depends on their subgroups.
struct Builtins {
  @builtin(local_invocation_index) thread: u32,
}

fn threadOf(builtins: Builtins) -> u32 {
  return builtins.thread;
}
