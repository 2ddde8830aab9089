// Asks for what the next kernel is going to read, a word of each 32 bytes, so that it finds it in the cache: memory is idle
// while kernels begin, norm and end. Workgroups of their own behind those of the rows do it, which are done before these:
// a workgroup that works on rows would have to wait for what it asked for. The host gives the sectors of the next kernel's
// gains and of its codes, in `following` where it has other weights.
@group(1) @binding(1) var<storage, read> following: array<vec4u>;

fn sectorWord(quad: u32) -> u32 {
  if (AHEAD_FOLLOWING == 1u) {
    return following[quad].x;
  }
  return weights[quad].x;
}

fn askAhead(invocation: u32) {
  var seen = 0u;
  /*unroll*/ for (var load = 0u; load < AHEAD_LOADS; load++) {
    let sector = invocation + load * AHEAD_GROUPS * WORKGROUP;
    let ofCodes = AHEAD_CODES + (sector - AHEAD_GAIN_SECTORS) * 2u;
    seen |= sectorWord(select(AHEAD_GAINS + sector * 2u, ofCodes, sector >= AHEAD_GAIN_SECTORS));
  }
  // Never true, as `slots` has no high bits, which the compiler cannot know: a load that nobody wants is not made.
  if (((step.slots >> 16u) & seen) != 0u) {
    writeFloat(X_START, 0u, 0.0);
  }
}
