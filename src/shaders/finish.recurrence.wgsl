// Epilogue: gates and recurrence of a channel for one token (docs/MODEL.md section 4).
@group(0) @binding(3) var<storage, read_write> hidden: array<f32>;  // mix region [1, 3, HIDDEN_STRIDE]: h, unused, g
@group(0) @binding(4) var<storage, read_write> state: array<f32>;   // [slots, L, D]

alias Recalled = vec2f;

// What finish needs from memory, asked for ahead: the state before and the lower bound.
fn recall(token: u32, row: u32) -> Recalled {
  let layer = u32(scalarParameter(0u));
  let before = state[(step.slotIn * LAYERS + layer) * ROWS + row];
  return vec2f(before, parameters[LOWER_BOUND + row / 4u][row % 4u]);
}

fn finish(token: u32, row: u32, sums: array<f32, MATRICES>, scales: array<f32, MATRICES>, recalled: Recalled) {
  let layer = u32(scalarParameter(0u));
  let h = advance(sums[0] * scales[0], sums[1] * scales[1], recalled.y, recalled.x);
  state[(step.slotOut * LAYERS + layer) * ROWS + row] = h;
  hidden[row] = h;
  hidden[2u * HIDDEN_STRIDE + row] = sums[2] * scales[2];
}
