import { bytes, choice, sequence, text, type Expression, type Grammar } from './expression';

/** A set of Unicode characters: ranges of code points, both ends included, in ascending order, that do not touch. */
export type Characters = readonly CodeRange[];
type CodeRange = readonly [low: number, high: number];

const LAST = 0x10ffff;
const SURROGATES: CodeRange = [0xd800, 0xdfff];

/** All that text can consist of. */
export const ALL: Characters = complement([SURROGATES]);
const ASCII: Characters = [[0, 0x7f]];
const BEYOND_ASCII: Characters = intersection(complement(ASCII), ALL);
/** What does not stand in a JSON string as it is. */
const ESCAPED: Characters = [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
];

/** The set of all that is in some of the ranges. */
export function union(...ranges: CodeRange[]): Characters {
  const joined: [number, number][] = [];
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else joined.push([low, high]);
  }
  return joined;
}

export function complement(set: Characters): Characters {
  const gaps: CodeRange[] = [];
  let next = 0;
  for (const [low, high] of set) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  return next > LAST ? gaps : [...gaps, [next, LAST]];
}

export function intersection(a: Characters, b: Characters): Characters {
  return complement(union(...complement(a), ...complement(b)));
}

/** Spells characters in a grammar: as their bytes of UTF-8, as the engine's own character classes know bytes only. */
export class Spelling {
  readonly #rules = new Map<string, Expression>();

  constructor(private readonly grammar: Grammar) {}

  /** A character of the set as it is. */
  plain(set: Characters): Expression {
    const [ascii, longer] = [intersection(set, ASCII), intersection(set, BEYOND_ASCII)];
    const choices: Expression[] = ascii.length > 0 ? [bytes(...ascii)] : [];
    if (longer.length > 0) {
      const sequences = longer.flatMap(([low, high]) => byteRanges(low, high));
      choices.push(
        this.#shared(
          longer,
          sequences.map((ranges) => sequence(...ranges.map((range) => bytes(range)))),
        ),
      );
    }
    return choice(...choices);
  }

  /** A character of the set in a JSON string, written in the one way of JSON.stringify. */
  json(set: Characters): Expression {
    const escaped = intersection(set, ESCAPED);
    const plain = this.plain(intersection(set, complement(ESCAPED)));
    if (escaped.length === 0) return plain;
    const codes = escaped.flatMap(([low, high]) => Array.from({ length: high - low + 1 }, (_, index) => low + index));
    return choice(
      plain,
      this.#shared(
        escaped,
        codes.map((code) => text(jsonContent(String.fromCharCode(code)))),
      ),
    );
  }

  /** One rule for all places in which the same characters are meant: large sets make long rules. */
  #shared(set: Characters, choices: readonly Expression[]): Expression {
    const key = JSON.stringify(set);
    const known = this.#rules.get(key) ?? this.grammar.rule(choice(...choices));
    this.#rules.set(key, known);
    return known;
  }
}

/** The inside of a JSON string. */
export function jsonContent(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** The UTF-8 of a range of characters: sequences of ranges of bytes. */
function byteRanges(low: number, high: number): CodeRange[][] {
  for (const longest of [0x7f, 0x7ff, 0xffff]) {
    if (low <= longest && high > longest) return [...byteRanges(low, longest), ...byteRanges(longest + 1, high)];
  }
  for (const bits of [6, 12, 18]) {
    const mask = 2 ** bits - 1;
    // A character of more bytes than this many bits need varies in its last ones from 0 to all ones only.
    if (high <= 0x7f || low >> bits === high >> bits) continue;
    if ((low & mask) !== 0) return [...byteRanges(low, low | mask), ...byteRanges((low | mask) + 1, high)];
    if ((high & mask) !== mask) return [...byteRanges(low, (high & ~mask) - 1), ...byteRanges(high & ~mask, high)];
  }
  const last = encoded(high);
  return [encoded(low).map((byte, index) => [byte, last[index]] as const)];
}

const encoder = new TextEncoder();

function encoded(code: number): number[] {
  return [...encoder.encode(String.fromCodePoint(code))];
}
