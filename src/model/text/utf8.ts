// A byte order mark is text like any other: without ignoreBOM the decoder would swallow it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of the bytes, U+FFFD where they are no valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** How many bytes at the end are the start of a character that later bytes may still complete; 0 to 3. */
export function partialCharacterLength(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const lead = bytes[bytes.length - length];
    if (lead < 0x80) return 0;
    if (lead < 0xc0) continue;
    const wanted = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const open = length < wanted && (length === 1 || mayFollow(lead, bytes[bytes.length - length + 1]));
    return open ? length : 0;
  }
  return 0;
}

/** Whether a continuation byte may come second: some leads would spell a longer form, a surrogate or too high a number. */
function mayFollow(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second < 0x90;
}
