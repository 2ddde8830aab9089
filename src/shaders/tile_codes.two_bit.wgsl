// 16 codes of a row, 2 bits each, on their way to a tile.
alias Packed = u32;

fn packedCodes(rowStart: u32, word: u32) -> Packed {
  return codesWord(rowStart + word);
}

fn twoBitCodes(packed: Packed, word: u32) -> u32 {
  return packed;
}
