// The order of tokens: logit descending, then id ascending.
const LOWEST = -3.4028234663852886e38f;

struct Token {
  logit: f32,
  id: u32,
}

fn precedes(a: Token, b: Token) -> bool {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}
