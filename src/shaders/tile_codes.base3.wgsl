// 16 codes of a row in base 3 on their way to a tile, which has them in 2 bits each: taken apart once there, where every
// thread would do it for itself. Four digits of four bytes, they begin at any digit of one word and may end in the next.
alias Packed = vec2u;

fn packedCodes(rowStart: u32, word: u32) -> Packed {
  let last = GROUPS * 4u - 1u;
  return vec2u(codesWord(rowStart + min(word * 4u / 5u, last)), codesWord(rowStart + min((word * 4u + 3u) / 5u, last)));
}

fn powerOfThree(exponent: u32) -> u32 {
  return select((0x1b090301u >> (8u * exponent)) & 0xffu, 81u, exponent == 4u);
}

fn twoBitCodes(packed: Packed, word: u32) -> u32 {
  let begin = word * 4u % 5u;
  let power = powerOfThree(begin);
  // Bytes 0 and 2, then 1 and 3, each in a half of its own; what multiplying by 3 carries above the byte is its next digit.
  var rest = vec2u(packed.x, packed.x >> 8u) & vec2u(0x00ff00ffu);
  rest = (rest * power) & vec2u(0x00ff00ffu);
  let next = vec2u(packed.y, packed.y >> 8u) & vec2u(0x00ff00ffu);
  var codes = 0u;
  /*unroll*/ for (var digit = 0u; digit < 4u; digit++) {
    rest = select(rest, next, begin + digit == 5u) * 3u;
    let four = ((rest.x >> 8u) & 0x00ff00ffu) | (rest.y & 0xff00ff00u);
    codes |= four << (2u * digit);
    rest &= vec2u(0x00ff00ffu);
  }
  return codes;
}
