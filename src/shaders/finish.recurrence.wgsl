// Epilogue: gates and recurrence of a channel for one token (docs/MODEL.md section 4).
// h and g go to the mix region [1, 3, HIDDEN_STRIDE], in place of i and f; the state region is [slots, L, D].

alias Recalled = vec2f;

// What finish needs from memory, asked for ahead: the state before and the lower bound.
fn recall(token: u32, row: u32) -> Recalled {
  let layer = u32(scalarParameter(0u));
  let before = floatAt(STATE_START, (step.slotIn * LAYERS + layer) * ROWS + row);
  return vec2f(before, scalarParameter(LOWER_BOUND * 4u + row));
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  let layer = u32(scalarParameter(0u));
  let h = advance(sums[0] * scales[0], sums[1] * scales[1], recalled.y, recalled.x);
  writeFloat(STATE_START, (step.slotOut * LAYERS + layer) * ROWS + row, h);
  writeFloat(MIX_START, row, h);
  writeFloat(MIX_START, 2u * HIDDEN_STRIDE + row, sums[2] * scales[2]);
}
