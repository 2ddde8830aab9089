// RMSNorm, a projection's own RMSNorm and int8 quantisation of one row by one workgroup, for INPUTS gains at once
// (docs/MODEL.md sections 2 and 3). With b = row * outer gain, every q is b * gain * 127 / max|b * gain|: both norms
// cancel but in the clamp and the scale, so one sweep gives all sums and maxima. Float sums have one order whatever the
// WORKGROUP: quads TREE apart ascending, then a binary tree over TREE places (256 apart, 128 apart, …), first inside a
// thread, then in workgroup memory. Subgroup sums, whose order is the driver's, are of no use here; and the tree is
// spelled out, because drivers put arrays that loops walk through into slow memory.
// One thread takes every WORKGROUP-th quad, so that neighbours read neighbouring memory.
const TREE = 512u;
const PLACES = TREE / WORKGROUP;                  // of one thread, 8 at most
const ACCUMULATORS = 2u + INPUTS;
const REDUCE_GROUPS = 16u;
const REDUCE_MEMBERS = WORKGROUP / REDUCE_GROUPS;
const_assert WORKGROUP >= 64u && WORKGROUP <= TREE;
const QUADS_PER_THREAD = (ROW_WORDS * 4u + WORKGROUP - 1u) / WORKGROUP;

var<workgroup> scratch: array<f32, ACCUMULATORS * WORKGROUP>;
var<workgroup> reduced: array<f32, ACCUMULATORS * REDUCE_GROUPS>;
var<workgroup> combined: array<f32, ACCUMULATORS>;

fn combine(accumulator: u32, a: f32, b: f32) -> f32 {
  return select(max(a, b), a + b, accumulator < 2u);
}

// Trees over values of scratch that lie `stride` apart, for one accumulator.
fn tree2(accumulator: u32, at: u32, stride: u32) -> f32 {
  return combine(accumulator, scratch[at], scratch[at + stride]);
}

fn tree4(accumulator: u32, at: u32, stride: u32) -> f32 {
  return combine(accumulator, tree2(accumulator, at, 2u * stride), tree2(accumulator, at + stride, 2u * stride));
}

fn tree8(accumulator: u32, at: u32, stride: u32) -> f32 {
  return combine(accumulator, tree4(accumulator, at, 2u * stride), tree4(accumulator, at + stride, 2u * stride));
}

fn tree16(accumulator: u32, at: u32, stride: u32) -> f32 {
  return combine(accumulator, tree8(accumulator, at, 2u * stride), tree8(accumulator, at + stride, 2u * stride));
}

fn treeOfMembers(accumulator: u32, at: u32) -> f32 {
  switch REDUCE_MEMBERS {
    case 4u: {
      return tree4(accumulator, at, REDUCE_GROUPS);
    }
    case 8u: {
      return tree8(accumulator, at, REDUCE_GROUPS);
    }
    case 16u: {
      return tree16(accumulator, at, REDUCE_GROUPS);
    }
    default: {
      let stride = 2u * REDUCE_GROUPS;
      return combine(accumulator, tree16(accumulator, at, stride), tree16(accumulator, at + REDUCE_GROUPS, stride));
    }
  }
}

fn quarter(accumulator: u32, at: u32) -> f32 {
  return combine(
    accumulator,
    combine(accumulator, reduced[at], reduced[at + 8u]),
    combine(accumulator, reduced[at + 4u], reduced[at + 12u]),
  );
}

fn treeOfReduced(accumulator: u32, at: u32) -> f32 {
  return combine(
    accumulator,
    combine(accumulator, quarter(accumulator, at), quarter(accumulator, at + 2u)),
    combine(accumulator, quarter(accumulator, at + 1u), quarter(accumulator, at + 3u)),
  );
}

// Quantises row `token` through storeQuad and storeSum (a thread's own sum of q). Gives 1 / a of each gain.
fn normalise(token: u32, thread: u32) -> array<f32, INPUTS> {
  var kept: array<vec4f, QUADS_PER_THREAD>;
  var squares: array<vec2f, 8>;
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
  let even = (squares[0] + squares[4]) + (squares[2] + squares[6]);
  let odd = (squares[1] + squares[5]) + (squares[3] + squares[7]);
  let sums = even + odd;
  scratch[thread] = sums.x;
  scratch[WORKGROUP + thread] = sums.y;
  for (var input = 0u; input < INPUTS; input++) {
    scratch[(2u + input) * WORKGROUP + thread] = peaks[input];
  }
  workgroupBarrier();
  for (var item = thread; item < ACCUMULATORS * REDUCE_GROUPS; item += WORKGROUP) {
    let accumulator = item / REDUCE_GROUPS;
    reduced[item] = treeOfMembers(accumulator, accumulator * WORKGROUP + item % REDUCE_GROUPS);
  }
  workgroupBarrier();
  if (thread < ACCUMULATORS) {
    combined[thread] = treeOfReduced(thread, thread * REDUCE_GROUPS);
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
    storeSum(token, input, thread, sum);
  }
  return inverse;
}
