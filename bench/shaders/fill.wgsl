// Fills a buffer with numbers that no memory compresses.
@group(0) @binding(0) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var index = id.x; index < arrayLength(&words); index += groups.x * WORKGROUP) {
    var mixed = index * 0x9e3779b9u;
    mixed = (mixed ^ (mixed >> 16u)) * 0x21f0aaadu;
    words[index] = mixed ^ (mixed >> 15u);
  }
}
