// Four-lane int8 dot products in eight chains a thread, each waiting for itself alone: the rate of the arithmetic.
// The chains are written out: an array of them might be kept in memory.
@group(0) @binding(0) var<storage, read_write> sink: array<i32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let codes = id.x * 0x01010101u;
  var a = bitcast<i32>(id.x);
  var b = a + 1;
  var c = a + 2;
  var d = a + 3;
  var e = a + 4;
  var f = a + 5;
  var g = a + 6;
  var h = a + 7;
  for (var turn = 0u; turn < TURNS; turn++) {
    a += dot4I8Packed(bitcast<u32>(a), codes);
    b += dot4I8Packed(bitcast<u32>(b), codes);
    c += dot4I8Packed(bitcast<u32>(c), codes);
    d += dot4I8Packed(bitcast<u32>(d), codes);
    e += dot4I8Packed(bitcast<u32>(e), codes);
    f += dot4I8Packed(bitcast<u32>(f), codes);
    g += dot4I8Packed(bitcast<u32>(g), codes);
    h += dot4I8Packed(bitcast<u32>(h), codes);
  }
  // Hardly ever true, which the compiler cannot know.
  if ((a ^ b ^ c ^ d ^ e ^ f ^ g ^ h) == 0x5eed) {
    sink[0] = a;
  }
}
