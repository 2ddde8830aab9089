// Applies the penalties to the logits, takes out tokens that may not come next (allow.all.wgsl, allow.mask.wgsl), and finds the best token of each segment (docs/MODEL.md section 14).
// LANES neighbouring threads work on a segment, each on four tokens at a time, so that all that it reads is asked for at
// once. Small workgroups, as there is one barrier and little to share.
alias Count = u32;
const WORKGROUP = 64u;
const SEGMENTS_HERE = WORKGROUP / LANES;   // segments a workgroup

var<workgroup> bests: array<Token, WORKGROUP>;

fn better(a: Token, logit: f32, id: u32) -> Token {
  let b = Token(logit, id);
  if (id < VOCABULARY && precedes(b, a)) {
    return b;
  }
  return a;
}

fn store(id: u32, logit: f32, isChanged: bool) {
  if (isChanged && id < VOCABULARY) {
    logits[id] = logit;
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let isOver = step.ended != 0u;
  let options = sampling.options;
  let first = (id.x / LANES) * SEGMENT + id.x % LANES;
  var best = Token(LOWEST, VOCABULARY);
  for (var turn = 0u; turn < SEGMENT; turn += 4u * LANES) {
    let tokens = first + turn + vec4u(0u, LANES, 2u * LANES, 3u * LANES);
    let places = min(tokens, vec4u(VOCABULARY - 1u));
    let raw = vec4f(logits[places.x], logits[places.y], logits[places.z], logits[places.w]);
    let seen = vec4u(
      sampling.counts[places.x],
      sampling.counts[places.y],
      sampling.counts[places.z],
      sampling.counts[places.w],
    );
    let repeated = select(raw * options.repetitionPenalty, raw / options.repetitionPenalty, raw > vec4f(0.0));
    let often = options.presencePenalty + options.frequencyPenalty * vec4f(seen);
    let penalised = restricted(places, select(raw, repeated - often, seen > vec4u(0u)));
    let isChanged = select(vec4<bool>(false), penalised != raw, vec4<bool>(!isOver));
    store(tokens.x, penalised.x, isChanged.x);
    store(tokens.y, penalised.y, isChanged.y);
    store(tokens.z, penalised.z, isChanged.z);
    store(tokens.w, penalised.w, isChanged.w);
    best = better(best, penalised.x, tokens.x);
    best = better(best, penalised.y, tokens.y);
    best = better(best, penalised.z, tokens.z);
    best = better(best, penalised.w, tokens.w);
  }
  bests[thread] = best;
  workgroupBarrier();
  let segment = group.x * SEGMENTS_HERE + thread;
  if (thread < SEGMENTS_HERE && segment < SEGMENTS) {
    var winner = bests[thread * LANES];
    for (var lane = 1u; lane < LANES; lane++) {
      let other = bests[thread * LANES + lane];
      winner = better(winner, other.logit, other.id);
    }
    sampling.maxima[segment] = vec2u(bitcast<u32>(winner.logit), winner.id);
  }
}
