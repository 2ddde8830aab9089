// Ternary projection of up to TOKENS rows of int8 activations: exact int32 sums, then the epilogue `finish`
// (docs/MODEL.md section 3). MATRICES matrices are taken together, row by row, where the epilogue needs the same
// channel of each; each has its own activations (INPUTS = MATRICES) or all share one (INPUTS = 1).
// A team works on one row, lane by lane over its words, so that a weight word is read once for all TOKENS tokens and
// neighbouring lanes read neighbouring words. A workgroup takes ROWS_PER_GROUP rows: one head, many rows.
const TOTALS = MATRICES * TOKENS;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (step.ended != 0u) {
    return;
  }
  let tokenEnd = select(step.count, 1u, LAST_ROW == 1u);
  let firstToken = group.y * TOKENS;
  let team = joinTeam(thread);
  let prepared = prepareActivations(thread, team.lane, team.lanes);
  for (var first = 0u; first < ROWS_PER_GROUP; first += teamCount()) {
    let row = group.x * ROWS_PER_GROUP + first + team.index;
    let present = first + team.index < ROWS_PER_GROUP && row < ROWS;
    var totals: array<i32, TOTALS>;
    if (present) {
      for (var word = team.lane; word < ROW_WORDS; word += team.lanes) {
        for (var matrix = 0u; matrix < MATRICES; matrix++) {
          let codes = weights[MATRIX_START + (matrix * ROWS + row) * ROW_WORDS + word];
          for (var token = 0u; token < TOKENS; token++) {
            let words = activationWords(firstToken + token, matrix % INPUTS, word);
            totals[matrix * TOKENS + token] = dotCodes(codes, words, totals[matrix * TOKENS + token]);
          }
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
            scales[matrix] = inverseScale(prepared, firstToken + token, matrix % INPUTS)
              * scalarParameter(MAGNITUDE + matrix % MAGNITUDES);
          }
          finish(firstToken + token, row, sums, scales);
        }
      }
    }
  }
}
