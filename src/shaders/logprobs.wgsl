// Log probabilities of the token that was chosen and of the likeliest ones, before bias, penalties and temperature
// (docs/MODEL.md section 14). One workgroup: each thread has every WORKGROUP-th token. Sums have one fixed order. The
// likeliest are found one after the other; only the thread that had the last one looks for its next. After the end it
// writes once more what is there.
const TEAM = 16u;                   // threads that one thread reduces
const TEAMS = WORKGROUP / TEAM;

var<workgroup> threadBest: array<Token, WORKGROUP>;
var<workgroup> teamBest: array<Token, TEAMS>;
var<workgroup> threadSum: array<f32, WORKGROUP>;
var<workgroup> wanted: u32;

// The thread's best token behind `last`, or of all.
fn nextOwn(thread: u32, last: Token, isFirst: bool) -> Token {
  var best = Token(LOWEST, VOCABULARY);
  for (var id = thread; id < VOCABULARY; id += WORKGROUP) {
    let token = Token(logprobs.raw[id], id);
    if ((isFirst || precedes(last, token)) && precedes(token, best)) {
      best = token;
    }
  }
  return best;
}

// The best of what the threads have, for every thread.
fn bestOfWorkgroup(thread: u32, own: Token) -> Token {
  threadBest[thread] = own;
  workgroupBarrier();
  if (thread < TEAMS) {
    var best = threadBest[thread];
    for (var member = 1u; member < TEAM; member++) {
      let other = threadBest[thread + member * TEAMS];
      if (precedes(other, best)) {
        best = other;
      }
    }
    teamBest[thread] = best;
  }
  workgroupBarrier();
  var best = teamBest[0];
  for (var team = 1u; team < TEAMS; team++) {
    if (precedes(teamBest[team], best)) {
      best = teamBest[team];
    }
  }
  return best;
}

// The sum over the vocabulary of exp(logit - largest), for every thread.
fn sumOfWorkgroup(thread: u32, largest: f32) -> f32 {
  var own = 0.0;
  for (var id = thread; id < VOCABULARY; id += WORKGROUP) {
    own += exp(clamp(logprobs.raw[id] - largest, -87.0, 0.0));
  }
  threadSum[thread] = own;
  workgroupBarrier();
  var sum = 0.0;
  for (var index = 0u; index < WORKGROUP; index++) {
    sum += threadSum[index];
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
  if (thread == 0u) {
    wanted = logprobs.count;
  }
  let count = workgroupUniformLoad(&wanted);
  let place = (step.emitted + RESULTS - 1u) % RESULTS;
  var own = nextOwn(thread, Token(0.0, 0u), true);
  var best = bestOfWorkgroup(thread, own);
  let largest = best.logit;
  let logSum = log(sumOfWorkgroup(thread, largest));
  if (thread == 0u) {
    let chosen = min(step.results[place], VOCABULARY - 1u);
    logprobs.entries[place].chosen = logprobs.raw[chosen] - largest - logSum;
  }
  for (var rank = 0u; rank < count; rank++) {
    if (thread == 0u) {
      logprobs.entries[place].best[rank] = Likely(best.id, best.logit - largest - logSum);
    }
    if (own.id == best.id) {
      own = nextOwn(thread, best, false);
    }
    best = bestOfWorkgroup(thread, own);
  }
}
