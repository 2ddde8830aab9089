import { StopSearch } from './stop-strings';
import { decodeUtf8, partialCharacterLength } from './utf8';

/** What a text stream needs of a tokenizer. */
export interface TokenDecoder {
  /** The bytes of UTF-8 that one token stands for; it may end inside a character. */
  tokenBytes(id: number): Uint8Array;
  /** Whether one space at the very start of a text is dropped. */
  readonly dropsFirstSpace: boolean;
}

/** What names tokens one by one, too. */
export interface TokenSpeller extends TokenDecoder {
  /** How one token is shown by itself: its text and bytes, or of a special token the name and null. */
  spell(id: number): { token: string; bytes: number[] | null };
}

/** Where a stop string ended the text. */
export interface StopMatch {
  stop: string;
  /** How many tokens from the start have all their bytes before the first byte of the stop string. */
  keptTokens: number;
}

const SPACE = 0x20;
const NO_BYTES = new Uint8Array();

/**
 * Makes text of generated tokens as they come. Given out together, the pieces are what decoding all tokens at once would
 * give, up to the first stop string: the one whose last character comes first, of several that end there the longest. So
 * it does not matter how the text is cut into tokens. Held back is only what may be the start of a stop string and the
 * bytes of a character that is not complete.
 */
export class TextStream {
  readonly #decoder: TokenDecoder;
  readonly #search: StopSearch;
  /** Bytes of a character that is not complete. */
  #partial: Uint8Array = NO_BYTES;
  /** Text that may be the start of a stop string. */
  #held = '';
  /** Code units given out. */
  #given = 0;
  /** Tokens whose text has been given out. */
  #settled = 0;
  /** For each token after those, in order: the code unit where its text ends. */
  readonly #ends: number[] = [];
  #dropsSpace: boolean;
  #match: StopMatch | undefined;

  /** @param stops strings that end the text and are not part of it: not empty, without lone surrogates. */
  constructor(decoder: TokenDecoder, stops: readonly string[] = []) {
    this.#decoder = decoder;
    this.#search = new StopSearch(stops);
    this.#dropsSpace = decoder.dropsFirstSpace;
  }

  /** The stop string that ended the text; undefined as long as none has. */
  get match(): StopMatch | undefined {
    return this.#match;
  }

  /** How many tokens from the start have all their text given out. */
  get settledTokens(): number {
    return this.#settled;
  }

  /** Takes the next token (not the one that ends the answer). Returns the text that can be shown now, often ''; always '' after a match. */
  push(id: number): string {
    if (this.#match !== undefined) return '';
    const bytes = joined(this.#partial, this.#withoutFirstSpace(this.#decoder.tokenBytes(id)));
    const complete = bytes.length - partialCharacterLength(bytes);
    this.#partial = bytes.slice(complete);
    const text = decodeUtf8(bytes.subarray(0, complete));
    // A character that is not complete counts as one code unit, which is enough: a match starts before it or after all of it.
    this.#ends.push(this.#given + this.#held.length + text.length + (this.#partial.length > 0 ? 1 : 0));
    const shown = this.#take(text);
    this.#settle();
    return shown;
  }

  /** Ends the text. Returns what was held back, with U+FFFD for a character that was never completed. */
  finish(): string {
    if (this.#match !== undefined) return '';
    const text = this.#take(decodeUtf8(this.#partial)) + this.#held;
    this.#given += this.#held.length;
    this.#partial = NO_BYTES;
    this.#held = '';
    this.#settle();
    return text;
  }

  #withoutFirstSpace(bytes: Uint8Array): Uint8Array {
    if (!this.#dropsSpace || bytes.length === 0) return bytes;
    this.#dropsSpace = false;
    return bytes[0] === SPACE ? bytes.subarray(1) : bytes;
  }

  /** Looks for stop strings in more text. Returns what can be given out of it and of the text held before. */
  #take(text: string): string {
    const known = this.#held + text;
    let given = known.length;
    for (let at = this.#held.length; at < known.length && this.#match === undefined; at++) {
      const stop = this.#search.next(known[at]);
      if (stop === undefined) continue;
      given = at + 1 - stop.length;
      const start = this.#given + given;
      this.#match = { stop, keptTokens: this.#settled + this.#ends.filter((end) => end <= start).length };
    }
    if (this.#match === undefined) given -= this.#search.open;
    this.#held = this.#match === undefined ? known.slice(given) : '';
    this.#given += given;
    return known.slice(0, given);
  }

  #settle(): void {
    const open = this.#ends.findIndex((end) => end > this.#given);
    const settled = open === -1 ? this.#ends.length : open;
    this.#ends.splice(0, settled);
    this.#settled += settled;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
