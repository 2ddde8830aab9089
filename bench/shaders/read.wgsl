// Reads a whole buffer, 16 bytes a thread and turn, neighbours next to each other: the bandwidth of reads.
@group(0) @binding(0) var<storage, read> quads: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> sink: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let stride = groups.x * WORKGROUP;
  var sum = vec4u(0u);
  var index = id.x;
  for (; index + 3u * stride < QUADS; index += 4u * stride) {
    let first = quads[index];
    let second = quads[index + stride];
    let third = quads[index + 2u * stride];
    let fourth = quads[index + 3u * stride];
    sum ^= first ^ second ^ third ^ fourth;
  }
  for (; index < QUADS; index += stride) {
    sum ^= quads[index];
  }
  // Hardly ever true, which the compiler cannot know.
  if (all(sum == vec4u(0x5eedu))) {
    sink[0] = sum.x;
  }
}
