// Working memory: one buffer for all that a step leaves for its later kernels, as each binding costs the browser time at
// every dispatch. Its regions begin at vec4 X_START, QUANTISED_START, MIX_START, GLU_START, STATE_START and LOGITS_START
// (src/model/plan/working-buffers.ts). Float32 but for the quantised rows.
@group(0) @binding(1) var<storage, read_write> working: array<vec4u>;

fn quadAt(quad: u32) -> vec4f {
  return bitcast<vec4f>(working[quad]);
}

// `index` counts floats from the region that starts at vec4 `start`.
fn floatAt(start: u32, index: u32) -> f32 {
  return bitcast<f32>(working[start + index / 4u][index % 4u]);
}

fn writeFloat(start: u32, index: u32, value: f32) {
  working[start + index / 4u][index % 4u] = bitcast<u32>(value);
}
