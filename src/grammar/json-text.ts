import { ALL, complement, union, type Spelling } from './characters';
import {
  bytes,
  choice,
  EMPTY,
  NO_LIMIT,
  optional,
  repeat,
  sequence,
  text,
  type Expression,
  type Grammar,
  type Rule,
} from './expression';

const QUOTE = text('"');
/** One space at most: a model that is unsure could write white space for ever. */
const BETWEEN = sequence(text(','), optional(text(' ')));
const COLON = sequence(text(':'), optional(text(' ')));

/** A member of an object or an element of a list. */
export interface Part {
  part: Expression;
  isRequired: boolean;
}

/** The grammar of JSON values, in one line. */
export class JsonText {
  /** Any character of a string. */
  readonly character: Expression;
  #anyValue: Rule | undefined;

  constructor(
    private readonly grammar: Grammar,
    private readonly spelling: Spelling,
  ) {
    this.character = grammar.rule(spelling.json(ALL));
  }

  /** Any value there is. */
  get anyValue(): Expression {
    if (this.#anyValue !== undefined) return this.#anyValue;
    const value = (this.#anyValue = this.grammar.declare());
    const object = this.object([], this.member(this.string(), value));
    const scalars = [this.string(), ANY_NUMBER, ...['true', 'false', 'null'].map(text)];
    this.grammar.define(value, choice(object, this.list([], value, 0, NO_LIMIT), ...scalars));
    return value;
  }

  /** A string of so many characters. */
  string(least = 0, most = NO_LIMIT): Expression {
    return this.quoted(repeat(this.character, least, most));
  }

  /** A string of this inside. */
  quoted(content: Expression): Expression {
    return sequence(QUOTE, content, QUOTE);
  }

  /** A string that is none of some others. */
  stringBut(others: readonly string[]): Expression {
    const spelled = others.map((other) => Array.from(other, (character) => character.codePointAt(0) ?? 0));
    return sequence(QUOTE, this.#rest(spelled));
  }

  member(key: Expression, value: Expression): Expression {
    return sequence(key, COLON, value);
  }

  /** An object of these members, in this order, and after them any number of `others`. */
  object(members: readonly Part[], others: Expression | undefined): Expression {
    let after = others === undefined ? EMPTY : this.grammar.rule(repeat(sequence(BETWEEN, others), 0, NO_LIMIT));
    let from = others === undefined ? EMPTY : optional(sequence(others, after));
    for (const { part, isRequired } of members.toReversed()) {
      const begun = sequence(part, after);
      from = this.grammar.rule(isRequired ? begun : choice(begun, from));
      const next = sequence(BETWEEN, part);
      after = this.grammar.rule(sequence(isRequired ? next : optional(next), after));
    }
    return sequence(text('{'), from, text('}'));
  }

  /** A list of first elements, then others, `least` to `most` in all. */
  list(first: readonly Expression[], others: Expression | undefined, least: number, most: number): Expression {
    const count = Math.min(first.length, most);
    const [fewest, highest] = [Math.max(0, least - count), others === undefined ? 0 : most - count];
    const element = others ?? EMPTY;
    const more = (from: number, to: number) => repeat(sequence(BETWEEN, element), Math.max(0, from), to);
    if (count === 0) {
      const filled = highest > 0 ? sequence(element, more(fewest - 1, highest - 1)) : EMPTY;
      return sequence(text('['), least > 0 ? filled : optional(filled), text(']'));
    }
    let after = highest > 0 ? more(fewest, highest) : EMPTY;
    for (const [index, part] of [...first.slice(0, count).entries()].toReversed()) {
      const filled = sequence(...(index > 0 ? [BETWEEN] : []), part, after);
      after = this.grammar.rule(index < least ? filled : optional(filled));
    }
    return sequence(text('['), after, text(']'));
  }

  /** What is left of a string, its quotation mark included, that is none of these. */
  #rest(others: readonly number[][]): Expression {
    const next = new Map<number, number[][]>();
    for (const [code, ...rest] of others.filter(({ length }) => length > 0)) {
      next.set(code, [...(next.get(code) ?? []), rest]);
    }
    const free = complement(union(...Array.from(next.keys(), (code) => [code, code] as const)));
    const choices = [sequence(this.spelling.json(free), repeat(this.character, 0, NO_LIMIT), QUOTE)];
    for (const [code, rests] of next) choices.push(sequence(this.spelling.json([[code, code]]), this.#rest(rests)));
    if (others.every(({ length }) => length > 0)) choices.push(QUOTE);
    return this.grammar.rule(choice(...choices));
  }
}

const digits = (least: number, most: number) => repeat(bytes([0x30, 0x39]), least, most);
const sign = optional(text('-'));
const whole = choice(text('0'), sequence(bytes([0x31, 0x39]), digits(0, 14)));
const exponent = sequence(choice(text('e'), text('E')), optional(choice(text('+'), text('-'))), digits(1, 2));

/** As many digits as a double holds, and no exponent that makes it infinite. */
export const ANY_NUMBER = sequence(sign, whole, optional(sequence(text('.'), digits(1, 15))), optional(exponent));

export const ANY_INTEGER = sequence(sign, whole);
