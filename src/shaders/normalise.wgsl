// RMSNorm, a projection's own RMSNorm and int8 quantisation of one row by one workgroup, for INPUTS gains at once
// (docs/MODEL.md sections 2 and 3). With b = row * outer gain, every q is b * gain * 127 / max|b * gain|: both norms
// cancel but in the clamp and the scale, so one sweep gives all sums and maxima, and its products are kept for q.
// Float sums have one order whatever the WORKGROUP: quads TREE apart ascending, then a binary tree over TREE places,
// neighbours first. A thread has PLACES = TREE / WORKGROUP neighbouring places, so its share of the tree is its own.
// The host gives PLACES, TURNS_OF_ROW (ROW_WORDS * 4 quads, TREE at a time), KEPT = PLACES * TURNS_OF_ROW, and
// ACCUMULATORS = SUMS + INPUTS: SUMS of b * b and, for the outer norm, of the row's own squares.
const TREE = 256u;
const SUMS = 1u + OUTER_NORM;
const_assert WORKGROUP >= 64u && WORKGROUP * PLACES == TREE;

fn combine(accumulator: u32, a: f32, b: f32) -> f32 {
  return select(max(a, b), a + b, accumulator < SUMS);
}

fn quadOf(thread: u32, place: u32, turn: u32) -> u32 {
  return turn * TREE + thread * PLACES + place;
}

// Quantises row `token` through storeQuad and storeSum (a thread's own sum of q). Gives 1 / a of each gain.
fn normalise(token: u32, thread: u32) -> array<f32, INPUTS> {
  var kept: array<vec4f, INPUTS * KEPT>;
  var mine = array<f32, ACCUMULATORS>();
  var places: array<vec2f, PLACES>;
  /*unroll*/ for (var place = 0u; place < PLACES; place++) {
    var squares = vec2f(0.0);
    /*unroll*/ for (var turn = 0u; turn < TURNS_OF_ROW; turn++) {
      // No branch, but zeros beyond the row: what all turns read is then asked for at once.
      let quad = min(quadOf(thread, place, turn), QUADS - 1u);
      let isThere = (turn + 1u) * TREE <= QUADS || quadOf(thread, place, turn) < QUADS;
      let raw = select(vec4f(0.0), rawAt(token, quad), isThere);
      let base = baseAt(token, quad, raw);
      squares.x = sumOfSquares(base, squares.x);
      if (OUTER_NORM == 1u) {
        squares.y = sumOfSquares(raw, squares.y);
      }
      /*unroll*/ for (var input = 0u; input < INPUTS; input++) {
        let scaled = base * parameterQuad(GAINS + input * QUADS + quad);
        kept[input * KEPT + place * TURNS_OF_ROW + turn] = scaled;
        let peak = max(max(abs(scaled.x), abs(scaled.y)), max(abs(scaled.z), abs(scaled.w)));
        mine[SUMS + input] = max(mine[SUMS + input], peak);
      }
    }
    places[place] = squares;
  }
  /*unroll*/ for (var distance = 1u; distance < PLACES; distance *= 2u) {
    /*unroll*/ for (var place = 0u; place < PLACES; place++) {
      if (place % (2u * distance) == 0u) {
        places[place] += places[(place + distance) % PLACES];
      }
    }
  }
  mine[0] = places[0].x;
  if (OUTER_NORM == 1u) {
    mine[OUTER_NORM] = places[0].y;
  }
  let all = reduceWorkgroup(mine, thread);
  var norm = 1.0;
  if (OUTER_NORM == 1u) {
    norm = 1.0 / sqrt(fma(all[OUTER_NORM], 1.0 / f32(K), OUTER_EPSILON));
  }
  norm *= 1.0 / sqrt(fma(norm * norm * all[0], 1.0 / f32(K), INNER_EPSILON));
  var inverse: array<f32, INPUTS>;
  /*unroll*/ for (var input = 0u; input < INPUTS; input++) {
    let peak = max(norm * all[SUMS + input], 1e-5);
    let factor = norm * (127.0 / peak);
    inverse[input] = peak / 127.0;
    var sum = 0.0;
    /*unroll*/ for (var place = 0u; place < PLACES; place++) {
      /*unroll*/ for (var turn = 0u; turn < TURNS_OF_ROW; turn++) {
        let quad = quadOf(thread, place, turn);
        if ((turn + 1u) * TREE <= ROW_WORDS * 4u || quad < ROW_WORDS * 4u) {
          // Never beyond 127.5, as no value is beyond the peak: rounding needs no clamp.
          let q = roundHalfAway(kept[input * KEPT + place * TURNS_OF_ROW + turn] * factor);
          sum += (q.x + q.y) + (q.z + q.w);
          storeQuad(token, input, quad, packBytes(q));
        }
      }
    }
    storeSum(token, input, thread, i32(sum));
  }
  return inverse;
}
