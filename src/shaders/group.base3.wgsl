// A group of four words of base-3 codes (layer.wgsl): 80 codes, and the activations that they are multiplied by.
struct GroupActivations {
  x: vec4u,
  y: vec4u,
  z: vec4u,
  w: vec4u,
  v: vec4u,
}

fn groupActivations(token: u32, input: u32, group: u32) -> GroupActivations {
  return GroupActivations(
    activationWords(token, input, group, 0u),
    activationWords(token, input, group, 1u),
    activationWords(token, input, group, 2u),
    activationWords(token, input, group, 3u),
    activationWords(token, input, group, 4u),
  );
}

fn groupOffset(all: GroupActivations) -> i32 {
  return offsetOf(all.v, offsetOf(all.w, offsetOf(all.z, offsetOf(all.y, offsetOf(all.x, 0)))));
}

// The second byte of each half, of `odd` where it is and of `even` one byte down.
fn secondBytes(even: u32, odd: u32) -> u32 {
  return ((even >> 8u) & 0x00ff00ffu) | (odd & 0xff00ff00u);
}

// start + the sum of code * activation over the 20 codes of a word. Of a byte times 3^n, what is above the byte are its
// first n digits as one number: less three times the n - 1 before, it is digit n. No byte borrows from its neighbour.
fn dotWord(word: u32, a: u32, b: u32, c: u32, d: u32, e: u32, start: i32) -> i32 {
  let even = word & 0x00ff00ffu;
  let odd = (word >> 8u) & 0x00ff00ffu;
  let one = secondBytes(even * 3u, odd * 3u);
  let two = secondBytes(even * 9u, odd * 9u);
  let three = secondBytes(even * 27u, odd * 27u);
  let four = secondBytes(even * 81u, odd * 81u);
  let five = secondBytes(even * 243u, odd * 243u);
  return start
    + dotFour(one, a)
    + dotFour(two - 3u * one, b)
    + dotFour(three - 3u * two, c)
    + dotFour(four - 3u * three, d)
    + dotFour(five - 3u * four, e);
}

fn dotGroup(codes: vec4u, all: GroupActivations, start: i32) -> i32 {
  var sum = dotWord(codes.x, all.x.x, all.x.y, all.x.z, all.x.w, all.y.x, start);
  sum = dotWord(codes.y, all.y.y, all.y.z, all.y.w, all.z.x, all.z.y, sum);
  sum = dotWord(codes.z, all.z.z, all.z.w, all.w.x, all.w.y, all.w.z, sum);
  return dotWord(codes.w, all.w.w, all.v.x, all.v.y, all.v.z, all.v.w, sum);
}
