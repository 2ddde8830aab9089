// Asks for what the next kernel is going to read, a word of each 32 bytes, so that it finds it in the cache: memory is idle
// while kernels begin, norm and end. The host gives the sectors of its gains and of its codes, in `following` where the
// next kernel has other weights, and AHEAD_LOADS for each of AHEAD_THREADS invocations.
@group(1) @binding(1) var<storage, read> following: array<vec4u>;

fn sectorWord(quad: u32) -> u32 {
  if (AHEAD_FOLLOWING == 1u) {
    return following[quad].x;
  }
  return weights[quad].x;
}

// Gives something of all that came: a load whose value nobody wants is not made.
fn askAhead(invocation: u32) -> u32 {
  var seen = 0u;
  /*unroll*/ for (var load = 0u; load < AHEAD_LOADS; load++) {
    let sector = invocation + load * AHEAD_THREADS;
    let ofCodes = AHEAD_CODES + (sector - AHEAD_GAIN_SECTORS) * 2u;
    seen |= sectorWord(select(AHEAD_GAINS + sector * 2u, ofCodes, sector >= AHEAD_GAIN_SECTORS));
  }
  return seen;
}
