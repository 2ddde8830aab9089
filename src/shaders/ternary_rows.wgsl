// Ternary projection of up to TOKENS rows of int8 activations: exact int32 sums, then the epilogue `finish`
// (docs/MODEL.md section 3). MATRICES matrices are taken together, row by row, where the epilogue needs the same
// channel of each; each has its own activations (INPUTS = MATRICES) or all share one (INPUTS = 1).
// A team works on one row, lane by lane over its words, so that a weight word is read once for all TOKENS tokens and
// neighbouring lanes read neighbouring words. A workgroup takes ROWS_PER_GROUP rows: one head, many rows.
// A lane asks for a row's first EARLY words, and for what the epilogue reads, before it works on what comes before them
// (the head, or the row before): memory then answers meanwhile.
// Lanes and teams that have nothing left to do go through the motions with zeros: what lanes of a subgroup exchange behind
// a branch that they take differently is not specified.
const TOTALS = MATRICES * TOKENS;

fn codesAt(matrix: u32, row: u32, word: u32) -> u32 {
  return weights[MATRIX_START + (matrix * ROWS + min(row, ROWS - 1u)) * ROW_WORDS + min(word, ROW_WORDS - 1u)];
}

fn earlyCodes(row: u32, team: Team) -> array<u32, MATRICES * EARLY> {
  var codes: array<u32, MATRICES * EARLY>;
  for (var matrix = 0u; matrix < MATRICES; matrix++) {
    for (var turn = 0u; turn < EARLY; turn++) {
      codes[matrix * EARLY + turn] = codesAt(matrix, row, team.lane + turn * team.lanes);
    }
  }
  return codes;
}

// Adds one word of each matrix's row, times the activations of each token.
fn addWord(totals: ptr<function, array<i32, TOTALS>>, codes: array<u32, MATRICES>, firstToken: u32, word: u32) {
  var all = codes;
  for (var input = 0u; input < INPUTS; input++) {
    for (var token = 0u; token < TOKENS; token++) {
      let stored = activationWords(firstToken + token, input, min(word, ROW_WORDS - 1u));
      let words = select(vec4u(0u), stored, word < ROW_WORDS);
      let offset = offsetOf(words);
      for (var matrix = input; matrix < MATRICES; matrix += INPUTS) {
        let total = matrix * TOKENS + token;
        (*totals)[total] = dotCodes(all[matrix], words, (*totals)[total] - offset);
      }
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, input: TeamInput) {
  let tokenEnd = select(step.count, 1u, LAST_ROW == 1u);
  let firstToken = group.y * TOKENS;
  let thread = input.thread;
  let team = joinTeam(input);
  let groupRow = group.x * ROWS_PER_GROUP;
  var coming = earlyCodes(groupRow + team.index, team);
  var magnitudes: array<f32, MATRICES>;
  for (var matrix = 0u; matrix < MATRICES; matrix++) {
    magnitudes[matrix] = scalarParameter(MAGNITUDE + matrix % MAGNITUDES);
  }
  if (step.ended != 0u) {
    return;
  }
  var comingBefore = recall(firstToken, min(groupRow + team.index, ROWS - 1u));
  let prepared = prepareActivations(thread);
  for (var first = 0u; first < ROWS_PER_GROUP; first += teamCount()) {
    let row = groupRow + first + team.index;
    let early = coming;
    let before = comingBefore;
    coming = earlyCodes(row + teamCount(), team);
    comingBefore = recall(firstToken, min(row + teamCount(), ROWS - 1u));
    // Zeroed in so many words: a variable of a loop's body otherwise starts, under SwiftShader, as the round before left it.
    var totals = array<i32, TOTALS>();
    var codes: array<u32, MATRICES>;
    for (var turn = 0u; turn < EARLY; turn++) {
      for (var matrix = 0u; matrix < MATRICES; matrix++) {
        codes[matrix] = early[matrix * EARLY + turn];
      }
      addWord(&totals, codes, firstToken, team.lane + turn * team.lanes);
    }
    for (var turn = EARLY; turn * team.lanes < ROW_WORDS; turn++) {
      let word = team.lane + turn * team.lanes;
      for (var matrix = 0u; matrix < MATRICES; matrix++) {
        codes[matrix] = codesAt(matrix, row, word);
      }
      addWord(&totals, codes, firstToken, word);
    }
    for (var total = 0u; total < TOTALS; total++) {
      totals[total] = teamSum(totals[total], team, thread);
    }
    if (first + team.index < ROWS_PER_GROUP && row < ROWS && team.lane == 0u) {
      for (var token = 0u; token < TOKENS; token++) {
        if (firstToken + token < tokenEnd) {
          var sums: array<f32, MATRICES>;
          var scales: array<f32, MATRICES>;
          for (var matrix = 0u; matrix < MATRICES; matrix++) {
            let input = matrix % INPUTS;
            sums[matrix] = f32(totals[matrix * TOKENS + token] - storedOffset(firstToken + token, input));
            scales[matrix] = inverseScale(prepared, firstToken + token, input) * magnitudes[matrix];
          }
          if (token == 0u) {
            finish(firstToken, row, sums, scales, before);
          } else {
            finish(firstToken + token, row, sums, scales, recall(firstToken + token, row));
          }
        }
      }
    }
  }
}
