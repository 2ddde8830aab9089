// The MLGRU recurrence over many tokens: a sequential scan, one thread a channel, in the order that decode has
// (docs/MODEL.md section 4). Eight tokens' pre-activations are loaded ahead: a lone thread would wait for each.
@group(0) @binding(3) var<storage, read_write> hidden: array<f32>;  // mix region [T, 3, HIDDEN_STRIDE]; i becomes h
@group(0) @binding(4) var<storage, read_write> state: array<f32>;   // [slots, L, D]

const AHEAD = 8u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if (step.ended != 0u || channel >= CHANNELS) {
    return;
  }
  let layer = u32(scalarParameter(0u));
  let bound = parameters[LOWER_BOUND + channel / 4u][channel % 4u];
  var h = state[(step.slotIn * LAYERS + layer) * CHANNELS + channel];
  for (var first = 0u; first < step.count; first += AHEAD) {
    var inputs: array<f32, AHEAD>;
    var forgets: array<f32, AHEAD>;
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      let token = min(first + ahead, step.count - 1u);
      inputs[ahead] = hidden[token * 3u * HIDDEN_STRIDE + channel];
      forgets[ahead] = hidden[(token * 3u + 1u) * HIDDEN_STRIDE + channel];
    }
    for (var ahead = 0u; ahead < AHEAD; ahead++) {
      if (first + ahead < step.count) {
        h = advance(inputs[ahead], forgets[ahead], bound, h);
        hidden[(first + ahead) * 3u * HIDDEN_STRIDE + channel] = h;
      }
    }
  }
  state[(step.slotOut * LAYERS + layer) * CHANNELS + channel] = h;
}
