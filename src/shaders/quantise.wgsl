// Norms and quantises rows of activations into memory, a workgroup a token: the head of a projection as a dispatch of
// its own, for prefill and for adapters where repeating it in every workgroup is dear.
// They go to the quantised region, [T, INPUTS, ROW_WORDS + 1] of 16 bytes: int8 rows padded with zeros, then 1 / a (f32)
// and the sum of q (i32).

fn rowStart(token: u32, input: u32) -> u32 {
  return QUANTISED_START + (token * INPUTS + input) * (ROW_WORDS + 1u);
}

fn storeQuad(token: u32, input: u32, quad: u32, bytes: u32) {
  working[rowStart(token - firstRow(), input) + quad / 4u][quad % 4u] = bytes;
}

var<workgroup> sumsOfQ: array<atomic<i32>, INPUTS>;

fn storeSum(token: u32, input: u32, thread: u32, sum: i32) {
  atomicAdd(&sumsOfQ[input], sum);
}

// With LAST_ROW the last token's row alone is wanted, as row 0.
fn firstRow() -> u32 {
  return select(0u, step.count - 1u, LAST_ROW == 1u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, builtins: Builtins) {
  let thread = threadOf(builtins);
  if (step.ended != 0u) {
    return;
  }
  let inverse = normalise(firstRow() + group.x, thread);
  workgroupBarrier();
  if (thread < INPUTS) {
    let info = rowStart(group.x, thread) + ROW_WORDS;
    var scales = inverse;
    working[info] = vec4u(bitcast<u32>(scales[thread]), bitcast<u32>(atomicLoad(&sumsOfQ[thread])), 0u, 0u);
  }
}
