// Log probabilities of the token that was chosen and of the likeliest ones, before bias, penalties and temperature
// (docs/MODEL.md section 14). One workgroup: each thread has every WORKGROUP-th token, and holds the best of those that were
// not told yet. The likeliest are found one after the other; where the last one was, all threads look for the next best.
// Sums have one fixed order. After the end it writes once more what is there.
const TEAM = 16u;                   // threads that one thread reduces
const TEAMS = WORKGROUP / TEAM;

var<workgroup> threadBest: array<Token, WORKGROUP>;
var<workgroup> teamBest: array<Token, TEAMS>;
var<workgroup> threadSum: array<f32, WORKGROUP>;
var<workgroup> teamSum: array<f32, TEAMS>;
var<workgroup> wanted: u32;

// Eight of a thread's logits, whose reads do not wait for each other.
fn eightFrom(first: u32) -> array<f32, 8> {
  var values: array<f32, 8>;
  /*unroll*/ for (var index = 0u; index < 8u; index++) {
    values[index] = logprobs.raw[min(first + index * WORKGROUP, VOCABULARY - 1u)];
  }
  return values;
}

fn bestOfThread(thread: u32) -> Token {
  var best = Token(LOWEST, VOCABULARY);
  for (var first = thread; first < VOCABULARY; first += 8u * WORKGROUP) {
    let values = eightFrom(first);
    /*unroll*/ for (var index = 0u; index < 8u; index++) {
      let token = Token(values[index], first + index * WORKGROUP);
      if (token.id < VOCABULARY && precedes(token, best)) {
        best = token;
      }
    }
  }
  return best;
}

// The best token behind `last` of the thread that has that, for every thread.
fn nextOfThread(thread: u32, last: Token) -> Token {
  var best = Token(LOWEST, VOCABULARY);
  for (var id = last.id % WORKGROUP + thread * WORKGROUP; id < VOCABULARY; id += WORKGROUP * WORKGROUP) {
    let token = Token(logprobs.raw[id], id);
    if (precedes(last, token) && precedes(token, best)) {
      best = token;
    }
  }
  return bestOfWorkgroup(thread, best);
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
  for (var first = thread; first < VOCABULARY; first += 8u * WORKGROUP) {
    let values = eightFrom(first);
    /*unroll*/ for (var index = 0u; index < 8u; index++) {
      let weight = exp(clamp(values[index] - largest, -87.0, 0.0));
      own += select(0.0, weight, first + index * WORKGROUP < VOCABULARY);
    }
  }
  threadSum[thread] = own;
  workgroupBarrier();
  if (thread < TEAMS) {
    var sum = 0.0;
    for (var member = 0u; member < TEAM; member++) {
      sum += threadSum[thread + member * TEAMS];
    }
    teamSum[thread] = sum;
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var team = 0u; team < TEAMS; team++) {
    sum += teamSum[team];
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
  var own = bestOfThread(thread);
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
    let next = nextOfThread(thread, best);
    if (thread == best.id % WORKGROUP) {
      own = next;
    }
    best = bestOfWorkgroup(thread, own);
  }
}
