// RMSNorm, a projection's own RMSNorm and int8 quantisation of one row by one workgroup, for INPUTS gains at once
// (docs/MODEL.md sections 2 and 3). With b = row * outer gain, every q is b * gain * 127 / max|b * gain|: both norms
// cancel but in the clamp and the scale, so one sweep gives all sums and maxima. Float sums have one order whatever the
// WORKGROUP: quads TREE apart ascending, then a binary tree over TREE places (512 apart, 256 apart, …), first inside a
// thread, then in workgroup memory. Subgroup sums, whose order is the driver's, are of no use here.
// One thread takes every WORKGROUP-th quad, so that neighbours read neighbouring memory.
const TREE = 1024u;
const PLACES = TREE / WORKGROUP;                  // of one thread
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
  var squares: array<vec2f, PLACES>;
  var peaks: array<f32, INPUTS>;
  for (var turn = 0u; turn < QUADS_PER_THREAD; turn++) {
    let quad = turn * WORKGROUP + thread;
    if (quad < QUADS) {
      let raw = rawAt(token, quad);
      let base = baseAt(token, quad, raw);
      kept[turn] = base;
      let before = squares[turn % PLACES];
      squares[turn % PLACES] = vec2f(sumOfSquares(raw, before.x), sumOfSquares(base, before.y));
      for (var input = 0u; input < INPUTS; input++) {
        let scaled = abs(base * parameters[GAINS + input * QUADS + quad]);
        peaks[input] = max(peaks[input], max(max(scaled.x, scaled.y), max(scaled.z, scaled.w)));
      }
    }
  }
  for (var stride = PLACES / 2u; stride > 0u; stride /= 2u) {
    for (var place = 0u; place < stride; place++) {
      squares[place] += squares[place + stride];
    }
  }
  scratch[thread] = bitcast<u32>(squares[0].x);
  scratch[WORKGROUP + thread] = bitcast<u32>(squares[0].y);
  for (var input = 0u; input < INPUTS; input++) {
    scratch[(2u + input) * WORKGROUP + thread] = bitcast<u32>(peaks[input]);
  }
  workgroupBarrier();
  for (var item = thread; item < ACCUMULATORS * REDUCE_GROUPS; item += WORKGROUP) {
    let accumulator = item / REDUCE_GROUPS;
    var members: array<f32, REDUCE_MEMBERS>;
    for (var member = 0u; member < REDUCE_MEMBERS; member++) {
      members[member] = bitcast<f32>(scratch[accumulator * WORKGROUP + member * REDUCE_GROUPS + item % REDUCE_GROUPS]);
    }
    for (var stride = REDUCE_MEMBERS / 2u; stride > 0u; stride /= 2u) {
      for (var member = 0u; member < stride; member++) {
        members[member] = combine(accumulator, members[member], members[member + stride]);
      }
    }
    reduced[item] = members[0];
  }
  workgroupBarrier();
  if (thread < ACCUMULATORS) {
    var members: array<f32, REDUCE_GROUPS>;
    for (var member = 0u; member < REDUCE_GROUPS; member++) {
      members[member] = reduced[thread * REDUCE_GROUPS + member];
    }
    for (var stride = REDUCE_GROUPS / 2u; stride > 0u; stride /= 2u) {
      for (var member = 0u; member < stride; member++) {
        members[member] = combine(thread, members[member], members[member + stride]);
      }
    }
    combined[thread] = members[0];
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
