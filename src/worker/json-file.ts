import { PackError } from '../errors';

/** Parses a JSON file of a pack. @throws PackError where it is not JSON; `file` is its name or URL, for the message. */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const isMarkup = /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 100)));
    throw new PackError(isMarkup ? 'is not JSON but a web page; is the address right?' : 'is not JSON', {
      file,
      cause,
    });
  }
}
