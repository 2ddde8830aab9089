// A group of four words of 2-bit codes (layer.wgsl): 64 codes, and the activations that they are multiplied by.
struct GroupActivations {
  x: vec4u,
  y: vec4u,
  z: vec4u,
  w: vec4u,
}

fn groupActivations(token: u32, input: u32, group: u32) -> GroupActivations {
  return GroupActivations(
    activationWords(token, input, group, 0u),
    activationWords(token, input, group, 1u),
    activationWords(token, input, group, 2u),
    activationWords(token, input, group, 3u),
  );
}

fn groupOffset(all: GroupActivations) -> i32 {
  return offsetOf(all.w, offsetOf(all.z, offsetOf(all.y, offsetOf(all.x, 0))));
}

fn dotGroup(codes: vec4u, all: GroupActivations, start: i32) -> i32 {
  let sum = dotCodes(codes.y, all.y, dotCodes(codes.x, all.x, start));
  return dotCodes(codes.w, all.w, dotCodes(codes.z, all.z, sum));
}
