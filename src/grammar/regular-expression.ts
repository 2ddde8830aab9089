import { RequestError } from '../errors';
import { ALL, complement, intersection, union, type Characters } from './characters';
import { choice, EMPTY, NO_LIMIT, repeat, sequence, type Expression } from './expression';

/** Turns a set of characters into what stands for one of them in the answer. */
type Spell = (set: Characters) => Expression;

const DIGIT = union([0x30, 0x39]);
const WORD = union([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
const SPACE = union(
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
);
const LINE_ENDS = union([0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]);
const CLASSES = new Map([
  ['d', DIGIT],
  ['D', complement(DIGIT)],
  ['w', WORD],
  ['W', complement(WORD)],
  ['s', SPACE],
  ['S', complement(SPACE)],
]);
const CONTROLS = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);
/** Characters of one UTF-16 unit: what a pattern without the flag u sees as one. */
const ONE_UNIT = intersection(ALL, [[0, 0xffff]]);
const MOST_LEVELS = 100;

/** A whole pattern: its alternatives, and whether each is bound to the start and the end of the text. */
export interface Alternative {
  body: Expression;
  fromStart: boolean;
  toEnd: boolean;
}

/**
 * Reads a regular expression of JavaScript.
 * @param flags `u` and `s` are known
 * @param spell what stands for a character of a set
 * @throws RequestError naming what is wrong or not supported.
 */
export function parsePattern(pattern: string, flags: string, field: string, spell: Spell): Alternative[] {
  const unknown = /[^us]/.exec(flags)?.[0];
  if (unknown !== undefined) throw new RequestError(`the flag "${unknown}" is not supported`, { field });
  try {
    new RegExp(pattern, flags);
  } catch (cause) {
    throw new RequestError(`is no regular expression: ${String(cause)}`, { field, cause });
  }
  return new PatternReader(pattern, flags, field, spell).read();
}

/** Reads a pattern that JavaScript has taken: what it allows is known to be well formed. */
class PatternReader {
  readonly #characters: string[];
  #at = 0;
  #level = 0;

  constructor(
    pattern: string,
    private readonly flags: string,
    private readonly field: string,
    private readonly spell: Spell,
  ) {
    this.#characters = Array.from(pattern);
  }

  read(): Alternative[] {
    const alternatives: Alternative[] = [];
    do alternatives.push(this.#alternative());
    while (this.#take('|'));
    return alternatives;
  }

  #alternative(): Alternative {
    const fromStart = this.#take('^');
    const body = this.#terms();
    const toEnd = this.#take('$');
    if (toEnd && !this.#isAtEnd('|')) this.#refuse('$ is supported at the end of the pattern alone');
    return { body, fromStart, toEnd };
  }

  #terms(): Expression {
    const parts: Expression[] = [];
    while (!this.#isAtEnd('|', ')', '$')) parts.push(this.#quantified(this.#term()));
    return parts.length === 1 ? parts[0] : sequence(...parts);
  }

  #term(): Expression {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.spell(this.#class());
      case '.':
        return this.spell(this.flags.includes('s') ? this.#visible(ALL) : this.#visible(complement(LINE_ENDS)));
      case '\\':
        return this.spell(this.#escape());
      case '^':
        return this.#refuse('^ is supported at the start of the pattern alone');
      default:
        return this.spell(this.#literal(character));
    }
  }

  #group(): Expression {
    if (this.#take('?')) {
      const kind = this.#next();
      if (kind === '<' && !['=', '!'].includes(this.#peek())) while (this.#next() !== '>');
      else if (kind === '=' || kind === '!' || kind === '<')
        this.#refuse('look-ahead and look-behind are not supported');
      else if (kind !== ':') this.#refuse('flags inside a group are not supported');
    }
    if (++this.#level > MOST_LEVELS) this.#refuse(`has groups in more than ${MOST_LEVELS} levels`);
    const choices: Expression[] = [];
    do {
      choices.push(this.#terms());
      if (this.#peek() === '$') this.#refuse('$ is supported at the end of the pattern alone');
    } while (this.#take('|'));
    this.#next();
    this.#level--;
    return choice(...choices);
  }

  #quantified(part: Expression): Expression {
    const counts = this.#quantifier();
    if (counts === undefined) return part;
    // Whether as few or as many as possible are tried first makes no difference to what matches as a whole.
    this.#take('?');
    return repeat(part, ...counts);
  }

  #quantifier(): [least: number, most: number] | undefined {
    if (this.#take('*')) return [0, NO_LIMIT];
    if (this.#take('+')) return [1, NO_LIMIT];
    if (this.#take('?')) return [0, 1];
    if (this.#peek() !== '{') return undefined;
    const [whole, least, comma, most] =
      /^\{(\d+)(,?)(\d*)\}/.exec(this.#characters.slice(this.#at, this.#at + 40).join('')) ?? [];
    if (whole === undefined) return undefined;
    this.#at += whole.length;
    return [Number(least), comma === '' ? Number(least) : most === '' ? NO_LIMIT : Number(most)];
  }

  #class(): Characters {
    const isComplement = this.#take('^');
    const ranges: Characters[] = [];
    while (!this.#take(']')) {
      const low = this.#member();
      if (this.#peek() !== '-' || this.#characters[this.#at + 1] === ']') {
        ranges.push(low);
        continue;
      }
      this.#next();
      const high = this.#member();
      const [from, to] = [single(low), single(high)];
      // Without the flag u JavaScript takes the dash literally beside a class like \w.
      ranges.push(from === undefined || to === undefined ? union(...low, ...high, [0x2d, 0x2d]) : [[from, to]]);
    }
    const set = union(...ranges.flat());
    return isComplement ? this.#visible(complement(set)) : set;
  }

  #member(): Characters {
    const character = this.#next();
    if (character !== '\\') return this.#literal(character);
    if (this.#take('b')) return union([0x08, 0x08]);
    if (this.#take('-')) return union([0x2d, 0x2d]);
    return this.#escape();
  }

  #escape(): Characters {
    const character = this.#next();
    const named = CLASSES.get(character);
    if (named !== undefined) return this.#visible(named);
    const control = CONTROLS.get(character);
    if (control !== undefined) return union([control, control]);
    const code = (value: number): Characters => {
      if (value >= 0xd800 && value <= 0xdfff) this.#refuse('halves of a character (surrogates) are not supported');
      return union([value, value]);
    };
    switch (character) {
      case 'x':
        return code(this.#hexadecimal(2));
      case 'u':
        if (!this.#hasFlagU || !this.#take('{')) return code(this.#hexadecimal(4));
        return code(this.#hexadecimal(this.#characters.indexOf('}', this.#at) - this.#at, 1));
      case '0':
        if (!/\d/.test(this.#peek())) return code(0);
        break;
      case 'b':
      case 'B':
        this.#refuse(`\\${character} is not supported`);
    }
    if (/[1-9k]/.test(character)) this.#refuse('back references are not supported');
    if (/[\w]/.test(character)) this.#refuse(`\\${character} is not supported`);
    return this.#literal(character);
  }

  /** @param after characters to skip behind it */
  #hexadecimal(length: number, after = 0): number {
    const digits = this.#characters.slice(this.#at, this.#at + length).join('');
    if (!/^[\da-f]+$/i.test(digits) || digits.length < length) this.#refuse('an escape is not complete');
    this.#at += length + after;
    return Number.parseInt(digits, 16);
  }

  #literal(character: string): Characters {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) this.#refuse('halves of a character (surrogates) are not supported');
    if (code > 0xffff && !this.#hasFlagU) this.#refuse(`"${character}" needs the flag "u"`);
    return union([code, code]);
  }

  /** What of a set can be written; without the flag u, as JavaScript then sees a character beyond U+FFFF as two. */
  #visible(set: Characters): Characters {
    return intersection(set, this.#hasFlagU ? ALL : ONE_UNIT);
  }

  get #hasFlagU(): boolean {
    return this.flags.includes('u');
  }

  #peek(): string {
    return this.#characters[this.#at] ?? '';
  }

  #next(): string {
    return this.#characters[this.#at++] ?? '';
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #isAtEnd(...ends: string[]): boolean {
    return this.#at >= this.#characters.length || ends.includes(this.#peek());
  }

  #refuse(what: string): never {
    throw new RequestError(what, { field: this.field });
  }
}

function single(set: Characters): number | undefined {
  return set.length === 1 && set[0][0] === set[0][1] ? set[0][0] : undefined;
}

/** What a pattern matches as a whole. */
export function wholeMatch(alternatives: readonly Alternative[]): Expression {
  return choice(...alternatives.map(({ body }) => body));
}

/** What has a match of a pattern somewhere in it. */
export function textWithMatch(alternatives: readonly Alternative[], character: Expression): Expression {
  const any = repeat(character, 0, NO_LIMIT);
  return choice(
    ...alternatives.map(({ body, fromStart, toEnd }) => sequence(fromStart ? EMPTY : any, body, toEnd ? EMPTY : any)),
  );
}
