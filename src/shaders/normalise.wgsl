// RMSNorm, a projection's own RMSNorm and int8 quantisation of one row by one workgroup, for INPUTS gains at once
// (docs/MODEL.md sections 2 and 3). With b = row * outer gain, every q is b * gain * 127 / max|b * gain|: both norms
// cancel but in the clamp and the scale, so one sweep gives all sums and maxima. Sums have one fixed order (a thread's
// quads ascending, then threads REDUCE_GROUPS apart, then all): every plan on a device must use the same WORKGROUP to
// agree to the bit, and subgroup sums, whose order is the driver's, are of no use.
// One thread takes every WORKGROUP-th quad, so that neighbours read neighbouring memory.
const ACCUMULATORS = 2u + INPUTS;
const REDUCE_GROUPS = 16u;
const REDUCE_MEMBERS = WORKGROUP / REDUCE_GROUPS;
const QUADS_PER_THREAD = (ROW_WORDS * 4u + WORKGROUP - 1u) / WORKGROUP;

// Floats as bits: the activations' integer sums take the same place afterwards.
var<workgroup> scratch: array<u32, ACCUMULATORS * WORKGROUP>;
var<workgroup> reduced: array<f32, ACCUMULATORS * REDUCE_GROUPS>;
var<workgroup> combined: array<f32, ACCUMULATORS>;

fn combine(accumulator: u32, a: f32, b: f32) -> f32 {
  return select(max(a, b), a + b, accumulator < 2u);
}

// Quantises row `token` through storeQuad. Gives 1 / a of each gain; leaves each thread's sum of q in scratch.
fn normalise(token: u32, thread: u32) -> array<f32, INPUTS> {
  var kept: array<vec4f, QUADS_PER_THREAD>;
  var accumulated: array<f32, ACCUMULATORS>;
  for (var turn = 0u; turn < QUADS_PER_THREAD; turn++) {
    let quad = turn * WORKGROUP + thread;
    if (quad < QUADS) {
      let raw = rawAt(token, quad);
      let base = baseAt(token, quad, raw);
      kept[turn] = base;
      accumulated[0] = sumOfSquares(raw, accumulated[0]);
      accumulated[1] = sumOfSquares(base, accumulated[1]);
      for (var input = 0u; input < INPUTS; input++) {
        let scaled = abs(base * parameters[GAINS + input * QUADS + quad]);
        accumulated[2u + input] = max(accumulated[2u + input], max(max(scaled.x, scaled.y), max(scaled.z, scaled.w)));
      }
    }
  }
  for (var index = 0u; index < ACCUMULATORS; index++) {
    scratch[index * WORKGROUP + thread] = bitcast<u32>(accumulated[index]);
  }
  workgroupBarrier();
  for (var item = thread; item < ACCUMULATORS * REDUCE_GROUPS; item += WORKGROUP) {
    let index = item / REDUCE_GROUPS;
    let first = index * WORKGROUP + item % REDUCE_GROUPS;
    var total = bitcast<f32>(scratch[first]);
    for (var member = 1u; member < REDUCE_MEMBERS; member++) {
      total = combine(index, total, bitcast<f32>(scratch[first + member * REDUCE_GROUPS]));
    }
    reduced[item] = total;
  }
  workgroupBarrier();
  if (thread < ACCUMULATORS) {
    var total = reduced[thread * REDUCE_GROUPS];
    for (var member = 1u; member < REDUCE_GROUPS; member++) {
      total = combine(thread, total, reduced[thread * REDUCE_GROUPS + member]);
    }
    combined[thread] = total;
  }
  workgroupBarrier();
  var norm = 1.0;
  if (OUTER_NORM == 1u) {
    norm = 1.0 / sqrt(fma(combined[0], 1.0 / f32(K), OUTER_EPSILON));
  }
  norm *= 1.0 / sqrt(fma(norm * norm * combined[1], 1.0 / f32(K), INNER_EPSILON));
  var inverse: array<f32, INPUTS>;
  for (var input = 0u; input < INPUTS; input++) {
    let peak = max(norm * combined[2u + input], 1e-5);
    let factor = norm * (127.0 / peak);
    inverse[input] = peak / 127.0;
    var sum = 0;
    for (var turn = 0u; turn < QUADS_PER_THREAD; turn++) {
      let quad = turn * WORKGROUP + thread;
      if (quad < ROW_WORDS * 4u) {
        var q = vec4i(0);
        if (quad < QUADS) {
          let value = kept[turn] * parameters[GAINS + input * QUADS + quad] * factor;
          q = vec4i(clamp(roundHalfAway(value), vec4f(-128.0), vec4f(127.0)));
        }
        sum += q.x + q.y + q.z + q.w;
        storeQuad(token, input, quad, packBytes(q));
      }
    }
    scratch[input * WORKGROUP + thread] = bitcast<u32>(sum);
  }
  workgroupBarrier();
  return inverse;
}
