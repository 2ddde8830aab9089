// Applies the penalties to the logits and finds each workgroup's largest, a thread a logit (docs/MODEL.md section 14).
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let token = id.x;
  var mine = Maximum(-3.4e38, VOCABULARY);
  if (token < VOCABULARY && step.ended == 0u) {
    var logit = logits[token];
    let count = counts[token];
    if (count > 0u) {
      logit = select(logit * sampling.repetitionPenalty, logit / sampling.repetitionPenalty, logit > 0.0);
      logit -= sampling.presencePenalty + sampling.frequencyPenalty * f32(count);
    }
    logits[token] = logit;
    mine = Maximum(logit, token);
  }
  let best = bestOfWorkgroup(mine, thread);
  if (thread == 0u) {
    maxima[group.x] = best;
  }
}
