// The sum over a team, for every lane, in workgroup memory. To be called in uniform control flow.
var<workgroup> laneSums: array<i32, WORKGROUP>;

fn teamSum(value: i32, thread: u32) -> i32 {
  if (LANES == 1u) {
    return value;
  }
  workgroupBarrier();
  laneSums[thread] = value;
  workgroupBarrier();
  var total = 0;
  for (var lane = 0u; lane < LANES; lane++) {
    total += laneSums[thread - thread % LANES + lane];
  }
  return total;
}
