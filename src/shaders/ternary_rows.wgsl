// Ternary projection of TOKENS rows of int8 activations: exact int32 sums, then the epilogue `finish`
// (docs/MODEL.md section 3). MATRICES matrices are taken together, row by row, where the epilogue needs the same
// channel of each; each has its own activations (INPUTS = MATRICES) or all share one (INPUTS = 1).
// A team works on ROWS_PER_TEAM rows at once, lane by lane over their groups of four words: activations are read once for
// all rows, weights once for all tokens, and neighbouring lanes read neighbouring memory. Small teams read workgroup
// memory less and add up in fewer exchanges, large ones have less to do in turn. A workgroup takes ROUNDS such shares: one
// head, many rows.
// A lane asks for its first EARLY groups of each row, and for what the epilogue reads, before it works on what comes
// before them (the head, or the round before): memory then answers meanwhile.
// Lanes and teams that have nothing left to do go through the motions: what lanes of a subgroup exchange behind a branch
// that they take differently is not specified.
// The host gives the GROUPS of a row, OUTPUTS = ROWS_PER_TEAM * TOKENS, TOTALS = MATRICES * OUTPUTS and
// MATRIX_ROWS = MATRICES * ROWS_PER_TEAM.

fn codesAt(matrix: u32, row: u32, group: u32) -> vec4u {
  return weights[MATRIX_START / 4u + (matrix * ROWS + min(row, ROWS - 1u)) * GROUPS + min(group, GROUPS - 1u)];
}

// The rows of a team lie TEAMS apart, so that neighbouring teams write neighbouring channels.
fn earlyCodes(firstRow: u32, lane: u32) -> array<vec4u, MATRIX_ROWS * EARLY> {
  var codes: array<vec4u, MATRIX_ROWS * EARLY>;
  /*unroll*/ for (var turn = 0u; turn < EARLY; turn++) {
    /*unroll*/ for (var member = 0u; member < ROWS_PER_TEAM; member++) {
      /*unroll*/ for (var matrix = 0u; matrix < MATRICES; matrix++) {
        codes[(turn * ROWS_PER_TEAM + member) * MATRICES + matrix] =
          codesAt(matrix, firstRow + member * TEAMS, lane + turn * LANES);
      }
    }
  }
  return codes;
}

alias Totals = array<i32, TOTALS>;

// Adds one group of each row, times the activations of each token.
fn addGroup(totals: ptr<function, Totals>, codes: array<vec4u, MATRIX_ROWS>, firstToken: u32, group: u32) {
  var all = codes;
  /*unroll*/ for (var token = 0u; token < TOKENS; token++) {
    /*unroll*/ for (var input = 0u; input < INPUTS; input++) {
      let activations = groupActivations(firstToken + token, input, group);
      let offset = groupOffset(activations);
      /*unroll*/ for (var member = 0u; member < ROWS_PER_TEAM; member++) {
        /*unroll*/ for (var matrix = 0u; matrix < MATRICES; matrix++) {
          if (matrix % INPUTS == input) {
            let total = matrix * OUTPUTS + member * TOKENS + token;
            (*totals)[total] = dotGroup(all[member * MATRICES + matrix], activations, (*totals)[total] - offset);
          }
        }
      }
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, builtins: Builtins) {
  let firstToken = group.y * TOKENS;
  let thread = threadOf(builtins);
  let lane = thread % LANES;
  var firstRow = group.x * (TEAMS * ROWS_PER_TEAM * ROUNDS) + thread / LANES;
  var coming = earlyCodes(firstRow, lane);
  var magnitudes: array<f32, MATRICES>;
  /*unroll*/ for (var matrix = 0u; matrix < MATRICES; matrix++) {
    magnitudes[matrix] = scalarParameter(MAGNITUDE + matrix % MAGNITUDES);
  }
  // Nothing waits for this: after the end everything is computed, and nothing written. `slots` has no high bits, which the
  // compiler cannot know.
  let seen = askAhead(group.x * WORKGROUP + thread);
  let isLive = (step.ended | ((step.slots >> 16u) & seen)) == 0u;
  // Lane n finishes output n: a member of the team's rows, times a token.
  let ownToken = firstToken + lane % TOKENS;
  let ownRow = min(lane, OUTPUTS - 1u) / TOKENS * TEAMS;
  var comingBefore = recall(ownToken, min(firstRow + ownRow, ROWS - 1u));
  let prepared = prepareActivations(thread);
  for (var round = 0u; round < ROUNDS; round++) {
    let early = coming;
    let before = comingBefore;
    if (round + 1u < ROUNDS) {
      let nextRow = firstRow + ROWS_PER_TEAM * TEAMS;
      coming = earlyCodes(nextRow, lane);
      comingBefore = recall(ownToken, min(nextRow + ownRow, ROWS - 1u));
    }
    // Zeroed in so many words: a variable of a loop's body otherwise starts, under SwiftShader, as the round before left it.
    var totals = Totals();
    var codes: array<vec4u, MATRIX_ROWS>;
    /*unroll*/ for (var turn = 0u; turn < EARLY; turn++) {
      /*unroll*/ for (var index = 0u; index < MATRIX_ROWS; index++) {
        codes[index] = early[turn * MATRIX_ROWS + index];
      }
      addGroup(&totals, codes, firstToken, lane + turn * LANES);
    }
    /*unroll*/ for (var turn = EARLY; turn < TURNS; turn++) {
      /*unroll*/ for (var index = 0u; index < MATRIX_ROWS; index++) {
        codes[index] = codesAt(index % MATRICES, firstRow + index / MATRICES * TEAMS, lane + turn * LANES);
      }
      addGroup(&totals, codes, firstToken, lane + turn * LANES);
    }
    /*unroll*/ for (var total = 0u; total < TOTALS; total++) {
      totals[total] = teamSum(totals[total], thread);
    }
    for (var first = 0u; first < OUTPUTS; first += LANES) {
      let output = first + lane;
      let token = firstToken + output % TOKENS;
      let row = firstRow + output / TOKENS * TEAMS;
      if (isLive && output < OUTPUTS && row < ROWS && (TOKENS == 1u || token < step.count)) {
        var sums: array<f32, MATRICES>;
        var scales: array<f32, MATRICES>;
        /*unroll*/ for (var matrix = 0u; matrix < MATRICES; matrix++) {
          var total = 0;
          /*unroll*/ for (var index = 0u; index < OUTPUTS; index++) {
            total = select(total, totals[matrix * OUTPUTS + index], index == output);
          }
          let input = matrix % INPUTS;
          sums[matrix] = f32(total - storedOffset(token, input));
          scales[matrix] = inverseScale(prepared, token, input) * magnitudes[matrix];
        }
        if (first == 0u) {
          finish(token, row, sums, scales, before);
        } else {
          finish(token, row, sums, scales, recall(token, row));
        }
      }
    }
    firstRow += ROWS_PER_TEAM * TEAMS;
  }
}
