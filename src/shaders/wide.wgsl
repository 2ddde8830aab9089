// Unsigned integers of 64 bits, as (low, high).
fn add64(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn subtract64(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

fn less64(a: vec2u, b: vec2u) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

// The product of two 32-bit numbers.
fn multiply32(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let crossA = (a >> 16u) * (b & 0xffffu);
  let crossB = (a & 0xffffu) * (b >> 16u);
  let middle = (low >> 16u) + (crossA & 0xffffu) + (crossB & 0xffffu);
  return vec2u(
    (middle << 16u) | (low & 0xffffu),
    (a >> 16u) * (b >> 16u) + (crossA >> 16u) + (crossB >> 16u) + (middle >> 16u),
  );
}

// floor(a * b / 2^32)
fn scale64(a: vec2u, b: u32) -> vec2u {
  return add64(multiply32(a.y, b), vec2u(multiply32(a.x, b).y, 0u));
}
