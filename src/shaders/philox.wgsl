// Philox4x32-10, a counter-based random generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var state = counter;
  var round = key;
  for (var index = 0u; index < 10u; index++) {
    let a = multiply32(0xD2511F53u, state.x);
    let b = multiply32(0xCD9E8D57u, state.z);
    state = vec4u(b.y ^ state.y ^ round.x, b.x, a.y ^ state.w ^ round.y, a.x);
    round += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return state;
}
