// Lays a portion of a matrix's flat base-3 stream (5 codes a byte, first code in the lowest digit) out into the rows of
// layer.wgsl. A thread makes one word; a word that straddles two portions is completed by the second, which
// adds its codes to what the first left. Bytes above 242 are no codes: they are reported, and a load fails on them.
struct Portion {
  firstCode: u32,    // index in the matrix of the portion's first code; a multiple of 5
  codeCount: u32,    // codes in the portion
  columns: u32,      // K
  rowWords: u32,     // words of a row in `weights`
  start: u32,        // word where the matrix starts in `weights`
  byteCount: u32,    // bytes in the portion, padding included
}
@group(0) @binding(0) var<storage, read> portion: Portion;
@group(0) @binding(1) var<storage, read> packed: array<u32>;
@group(0) @binding(2) var<storage, read_write> weights: array<u32>;
@group(0) @binding(3) var<storage, read_write> invalidBytes: atomic<u32>;

const POWERS = array<u32, 5>(1u, 3u, 9u, 27u, 81u);

fn byteAt(index: u32) -> u32 {
  return (packed[index / 4u] >> (8u * (index % 4u))) & 0xffu;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // A byte has at least one thread: rows of few codes take more words than bytes.
  for (var index = id.x * 4u; index < min(id.x * 4u + 4u, portion.byteCount); index++) {
    if (byteAt(index) > 242u) {
      atomicAdd(&invalidBytes, 1u);
    }
  }
  let end = portion.firstCode + portion.codeCount;
  let word = (portion.firstCode / portion.columns) * portion.rowWords + id.x;
  let row = word / portion.rowWords;
  if (row > (end - 1u) / portion.columns) {
    return;
  }
  let firstColumn = (word % portion.rowWords) * CODES_PER_WORD;
  var bytes = bytesOf(weights[portion.start + word]);
  for (var code = 0u; code < CODES_PER_WORD; code++) {
    let column = firstColumn + code;
    let index = row * portion.columns + column;
    if (column < portion.columns && index >= portion.firstCode && index < end) {
      let offset = index - portion.firstCode;
      var powers = POWERS;
      let digit = (byteAt(offset / 5u) / powers[offset % 5u]) % 3u;
      var worth = WORTH;
      bytes[code % 4u] += digit * worth[code / 4u];
    }
  }
  weights[portion.start + word] = wordOf(bytes);
}
