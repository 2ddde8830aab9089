// As little as a dispatch can do that the next one has to wait for.
@group(0) @binding(0) var<storage, read_write> sink: array<u32>;

@compute @workgroup_size(1)
fn main() {
  sink[0]++;
}
