/** Characters for private use: none is assigned, none has two cases, none is white space. */
const PRIVATE_USE = [
  [0xe000, 0xf8ff],
  [0xf0000, 0xffffd],
  [0x100000, 0x10fffd],
] as const;
/** Glagolitic capitals, an alphabet of the ninth century: each has its small letter 0x30 further on. */
const CAPITALS = [[0x2c00, 0x2c2e]] as const;
const TO_LOWER = 0x30;
const DISGUISES = /[\u{2c00}-\u{2c5f}\u{e000}-\u{f8ff}\u{f0000}-\u{10fffd}]/gu;

/**
 * Swaps each character that control tokens are made of for one that no control token has, and back. A letter becomes a
 * letter of another alphabet with two cases, any other character one for private use, and white space stays: what trims,
 * cuts, joins or changes the case of a disguised text does the same as to the real one.
 */
export class Disguise {
  readonly #hidden = new Map<string, string>();
  readonly #revealed = new Map<string, string>();

  /**
   * @param controlTokens contents of the control tokens.
   * @param readable all other text there will be: characters in it are not used as disguises.
   * @throws RangeError if there are more characters to hide than disguises.
   */
  constructor(controlTokens: Iterable<string>, readable: readonly string[]) {
    const secret = Array.from(controlTokens).join('');
    const taken = new Set([secret, ...readable].flatMap((text) => text.match(DISGUISES) ?? []));
    const capitals = free(CAPITALS, taken, [0, TO_LOWER]);
    const others = free(PRIVATE_USE, taken, [0]);
    for (const character of new Set(secret.replace(/\s/gu, ''))) {
      const upper = character.toUpperCase();
      const lower = character.toLowerCase();
      const twoCases = upper !== lower && upper.toLowerCase() === lower && lower.toUpperCase() === upper;
      const capital = twoCases && !this.#hidden.has(character) ? capitals.next().value : undefined;
      if (capital !== undefined) {
        this.#swap(upper, capital);
        this.#swap(lower, capital + TO_LOWER);
      }
      if (!this.#hidden.has(character)) this.#swap(character, others.next().value ?? Number.NaN);
    }
  }

  /** @param exempt matches, with one capture group around it all, what stays readable. */
  hide(text: string, exempt?: RegExp): string {
    if (exempt === undefined) return swapAll(text, this.#hidden);
    const parts = text.split(exempt);
    return parts.map((part, index) => (index % 2 === 0 ? swapAll(part, this.#hidden) : part)).join('');
  }

  reveal(text: string): string {
    return swapAll(text, this.#revealed);
  }

  #swap(character: string, codePoint: number): void {
    const disguise = String.fromCodePoint(codePoint);
    this.#hidden.set(character, disguise);
    this.#revealed.set(disguise, character);
  }
}

function swapAll(text: string, swaps: ReadonlyMap<string, string>): string {
  let swapped = '';
  for (const character of text) swapped += swaps.get(character) ?? character;
  return swapped;
}

/** Code points of the ranges that, at each of the offsets, are not taken. */
function* free(
  ranges: readonly (readonly [first: number, last: number])[],
  taken: ReadonlySet<string>,
  offsets: readonly number[],
): Generator<number, undefined> {
  for (const [first, last] of ranges) {
    for (let codePoint = first; codePoint <= last; codePoint++) {
      if (offsets.every((offset) => !taken.has(String.fromCodePoint(codePoint + offset)))) yield codePoint;
    }
  }
}
