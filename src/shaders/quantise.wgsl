// Norms and quantises rows of activations into memory, a workgroup a token: the head of a projection as a dispatch of
// its own, for prefill and for adapters where repeating it in every workgroup is dear.
// quantised: [T, INPUTS, ROW_WORDS + 1] of 16 bytes: int8 rows padded with zeros, then 1 / a (f32) and the sum of q (i32).
@group(0) @binding(2) var<storage, read_write> quantised: array<u32>;

fn rowStart(token: u32, input: u32) -> u32 {
  return (token * INPUTS + input) * (ROW_WORDS + 1u) * 4u;
}

fn storeQuad(token: u32, input: u32, quad: u32, bytes: u32) {
  quantised[rowStart(token - firstRow(), input) + quad] = bytes;
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
    let info = rowStart(group.x, thread) + ROW_WORDS * 4u;
    var scales = inverse;
    quantised[info] = bitcast<u32>(scales[thread]);
    quantised[info + 1u] = bitcast<u32>(atomicLoad(&sumsOfQ[thread]));
  }
}
