/**
 * The printable characters that a byte-level vocabulary writes for the 256 byte values: ASCII and Latin-1 print
 * themselves, the 68 others (controls, space, 0x7F-0xA0, soft hyphen) follow in order from U+0100.
 */
function printableBytes(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printsItself = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(printsItself ? byte : next++);
  });
}

/** Character to byte value, for a byte-level vocabulary. */
export const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  printableBytes().map((character, byte) => [character, byte]),
);

/** Token to byte value, for a vocabulary that falls back to bytes: `<0x00>` to `<0xFF>`. */
export const BYTE_OF_FALLBACK_TOKEN: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, byte]),
);
