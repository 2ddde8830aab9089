// Ternary projection of up to TOKENS rows of int8 activations: exact int32 sums, then the epilogue `finish`
// (docs/MODEL.md section 3). MATRICES matrices are taken together, row by row, where the epilogue needs the same
// channel of each; each has its own activations (INPUTS = MATRICES) or all share one (INPUTS = 1).
// A team works on one row, lane by lane over its words, so that a weight word is read once for all TOKENS tokens and
// neighbouring lanes read neighbouring words. A workgroup takes ROWS_PER_GROUP rows: one head, many rows.
// A lane asks for a row's first EARLY words, and for what the epilogue reads, before it works on what comes before them
// (the head, or the row before): memory then answers meanwhile.
const TOTALS = MATRICES * TOKENS;

fn isRow(row: u32, offset: u32) -> bool {
  return offset < ROWS_PER_GROUP && row < ROWS;
}

fn codesAt(matrix: u32, row: u32, word: u32) -> u32 {
  return weights[MATRIX_START + (matrix * ROWS + row) * ROW_WORDS + word];
}

fn earlyCodes(row: u32, offset: u32, team: Team) -> array<u32, MATRICES * EARLY> {
  var codes: array<u32, MATRICES * EARLY>;
  if (isRow(row, offset)) {
    for (var matrix = 0u; matrix < MATRICES; matrix++) {
      for (var turn = 0u; turn < EARLY; turn++) {
        let word = team.lane + turn * team.lanes;
        if (word < ROW_WORDS) {
          codes[matrix * EARLY + turn] = codesAt(matrix, row, word);
        }
      }
    }
  }
  return codes;
}

fn addWord(totals: ptr<function, array<i32, TOTALS>>, codes: u32, matrix: u32, firstToken: u32, word: u32) {
  for (var token = 0u; token < TOKENS; token++) {
    let words = activationWords(firstToken + token, matrix % INPUTS, word);
    let total = matrix * TOKENS + token;
    (*totals)[total] = dotCodes(codes, words, (*totals)[total]);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, input: TeamInput) {
  if (step.ended != 0u) {
    return;
  }
  let tokenEnd = select(step.count, 1u, LAST_ROW == 1u);
  let firstToken = group.y * TOKENS;
  let thread = input.thread;
  let team = joinTeam(input);
  let groupRow = group.x * ROWS_PER_GROUP;
  var codes = earlyCodes(groupRow + team.index, team.index, team);
  var coming = recall(firstToken, min(groupRow + team.index, ROWS - 1u));
  var magnitudes: array<f32, MATRICES>;
  for (var matrix = 0u; matrix < MATRICES; matrix++) {
    magnitudes[matrix] = scalarParameter(MAGNITUDE + matrix % MAGNITUDES);
  }
  let prepared = prepareActivations(thread, team.lane, team.lanes);
  for (var first = 0u; first < ROWS_PER_GROUP; first += teamCount()) {
    let offset = first + team.index;
    let row = groupRow + offset;
    let present = isRow(row, offset);
    let early = codes;
    let recalled = coming;
    codes = earlyCodes(row + teamCount(), offset + teamCount(), team);
    coming = recall(firstToken, min(row + teamCount(), ROWS - 1u));
    // Zeroed in so many words: a variable of a loop's body otherwise starts, under SwiftShader, as the round before left it.
    var totals = array<i32, TOTALS>();
    if (present) {
      for (var matrix = 0u; matrix < MATRICES; matrix++) {
        for (var turn = 0u; turn < EARLY; turn++) {
          let word = team.lane + turn * team.lanes;
          if (word < ROW_WORDS) {
            addWord(&totals, early[matrix * EARLY + turn], matrix, firstToken, word);
          }
        }
        for (var word = team.lane + EARLY * team.lanes; word < ROW_WORDS; word += team.lanes) {
          addWord(&totals, codesAt(matrix, row, word), matrix, firstToken, word);
        }
      }
      for (var total = 0u; total < TOTALS; total++) {
        totals[total] -= sumShare(prepared, firstToken + total % TOKENS, (total / TOKENS) % INPUTS);
      }
    }
    for (var total = 0u; total < TOTALS; total++) {
      totals[total] = teamSum(totals[total], team, thread);
    }
    if (present && team.lane == 0u) {
      for (var token = 0u; token < TOKENS; token++) {
        if (firstToken + token < tokenEnd) {
          var sums: array<f32, MATRICES>;
          var scales: array<f32, MATRICES>;
          for (var matrix = 0u; matrix < MATRICES; matrix++) {
            sums[matrix] = f32(totals[matrix * TOKENS + token]);
            scales[matrix] = inverseScale(prepared, firstToken + token, matrix % INPUTS) * magnitudes[matrix];
          }
          if (token == 0u) {
            finish(firstToken, row, sums, scales, recalled);
          } else {
            finish(firstToken + token, row, sums, scales, recall(firstToken + token, row));
          }
        }
      }
    }
  }
}
