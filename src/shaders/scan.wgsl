// The MLGRU recurrence over many tokens: a sequential scan for each channel, in the order that decode has (docs/MODEL.md
// section 4). What depends on one token alone, the gates, is done in parallel, a thread four tokens of a channel; then a
// thread a channel goes through the tokens in workgroup memory: two operations each. Few channels a workgroup, so that
// all of a GPU works on them. A chunk's pre-activations are asked for before the chunk before it is scanned.
// In the mix region, [T, 3, HIDDEN_STRIDE], i becomes h; the state region is [slots, L, D].

const QUADS_PER_CHUNK = WORKGROUP / GROUP_CHANNELS;
const CHUNK = 4u * QUADS_PER_CHUNK;

// By channel; one quad more than there are, so that neighbouring channels meet different banks.
var<workgroup> keeps: array<array<vec4f, QUADS_PER_CHUNK + 1u>, GROUP_CHANNELS>;
// Candidates, and then states.
var<workgroup> states: array<array<vec4f, QUADS_PER_CHUNK + 1u>, GROUP_CHANNELS>;

struct PreActivations {
  inputs: vec4f,
  forgets: vec4f,
}

fn placeOf(token: u32, channel: u32) -> u32 {
  return min(token, step.count - 1u) * 3u * HIDDEN_STRIDE + channel;
}

fn preActivations(token: u32, channel: u32) -> PreActivations {
  let places = vec4u(
    placeOf(token, channel), placeOf(token + 1u, channel), placeOf(token + 2u, channel), placeOf(token + 3u, channel),
  );
  return PreActivations(
    vec4f(floatAt(MIX_START, places.x), floatAt(MIX_START, places.y), floatAt(MIX_START, places.z), floatAt(MIX_START, places.w)),
    vec4f(
      floatAt(MIX_START, places.x + HIDDEN_STRIDE),
      floatAt(MIX_START, places.y + HIDDEN_STRIDE),
      floatAt(MIX_START, places.z + HIDDEN_STRIDE),
      floatAt(MIX_START, places.w + HIDDEN_STRIDE),
    ),
  );
}

// States after four tokens, of which those that are not there change nothing.
fn scanQuad(first: u32, keep: vec4f, candidates: vec4f, before: f32) -> vec4f {
  let x = select(before, fma(keep.x, before, candidates.x), first < step.count);
  let y = select(x, fma(keep.y, x, candidates.y), first + 1u < step.count);
  let z = select(y, fma(keep.z, y, candidates.z), first + 2u < step.count);
  return vec4f(x, y, z, select(z, fma(keep.w, z, candidates.w), first + 3u < step.count));
}

fn storeState(token: u32, channel: u32, value: f32) {
  if (token < step.count && channel < CHANNELS) {
    writeFloat(MIX_START, token * 3u * HIDDEN_STRIDE + channel, value);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (step.ended != 0u) {
    return;
  }
  let index = thread % GROUP_CHANNELS;
  let quad = thread / GROUP_CHANNELS;
  let channel = group.x * GROUP_CHANNELS + index;
  let safe = min(channel, CHANNELS - 1u);
  let layer = u32(scalarParameter(0u));
  let bound = scalarParameter(LOWER_BOUND * 4u + safe);
  var h = floatAt(STATE_START, (step.slotIn * LAYERS + layer) * CHANNELS + safe);
  var coming = preActivations(quad * 4u, safe);
  for (var first = 0u; first < step.count; first += CHUNK) {
    let token = first + quad * 4u;
    let keep = vec4f(
      keepGate(coming.forgets.x, bound),
      keepGate(coming.forgets.y, bound),
      keepGate(coming.forgets.z, bound),
      keepGate(coming.forgets.w, bound),
    );
    keeps[index][quad] = keep;
    states[index][quad] = vec4f(
      candidate(coming.inputs.x, keep.x),
      candidate(coming.inputs.y, keep.y),
      candidate(coming.inputs.z, keep.z),
      candidate(coming.inputs.w, keep.w),
    );
    workgroupBarrier();
    coming = preActivations(token + CHUNK, safe);
    if (thread < GROUP_CHANNELS) {
      for (var at = 0u; at < QUADS_PER_CHUNK; at++) {
        let after = scanQuad(first + at * 4u, keeps[index][at], states[index][at], h);
        states[index][at] = after;
        h = after.w;
      }
    }
    workgroupBarrier();
    let after = states[index][quad];
    storeState(token, channel, after.x);
    storeState(token + 1u, channel, after.y);
    storeState(token + 2u, channel, after.z);
    storeState(token + 3u, channel, after.w);
  }
  if (thread < GROUP_CHANNELS && channel < CHANNELS) {
    writeFloat(STATE_START, (step.slotOut * LAYERS + layer) * CHANNELS + channel, h);
  }
}
