import { RequestError } from '../errors';

/** A bound that is none. */
export const NO_LIMIT = Infinity;

/** A part of a grammar: what text it matches. */
export type Expression =
  | { kind: 'text'; text: string }
  /** One byte, in any of the ranges. */
  | { kind: 'byte'; ranges: readonly ByteRange[] }
  | { kind: 'sequence'; parts: readonly Expression[] }
  | { kind: 'choice'; choices: readonly Expression[] }
  | { kind: 'repeat'; part: Expression; least: number; most: number }
  | Rule;

/** Whatever the rule of this name matches. */
export interface Rule {
  kind: 'rule';
  name: string;
}

/** From the first byte to the last, both included. */
export type ByteRange = readonly [low: number, high: number];

export const text = (value: string): Expression => ({ kind: 'text', text: value });
export const bytes = (...ranges: ByteRange[]): Expression => ({ kind: 'byte', ranges });
export const EMPTY: Expression = { kind: 'sequence', parts: [] };

export function sequence(...parts: Expression[]): Expression {
  const some = parts.filter((part) => part !== EMPTY);
  if (some.length === 0) return EMPTY;
  return some.length === 1 ? some[0] : { kind: 'sequence', parts: some };
}

export function choice(...choices: Expression[]): Expression {
  return choices.length === 1 ? choices[0] : { kind: 'choice', choices };
}

export const repeat = (part: Expression, least: number, most: number): Expression => ({
  kind: 'repeat',
  part,
  least,
  most,
});
export const optional = (part: Expression): Expression => repeat(part, 0, 1);

/** Parts of all rules together, those in a repetition once for each time: more would take the engine too long. */
const MOST_PARTS = 2 ** 16;
const ROOT = 'root';

/** Rules by name, written in the engine's own notation (EBNF). */
export class Grammar {
  readonly #rules = new Map<string, Expression>();
  #parts = 0;

  /** @param field the parameter that the grammar comes from, for errors. */
  constructor(private readonly field: string) {}

  /** Makes a rule, which `define` or `body` says the body of. */
  declare(): Rule {
    const name = `r${this.#rules.size}`;
    this.#rules.set(name, choice());
    return { kind: 'rule', name };
  }

  /** @throws RequestError where the grammar becomes too large. */
  define(rule: Rule, body: Expression): void {
    this.#parts += partsOf(body);
    if (this.#parts > MOST_PARTS) {
      throw new RequestError(`describes too large a grammar: more than ${MOST_PARTS} parts, repetitions counted out`, {
        field: this.field,
      });
    }
    this.#rules.set(rule.name, body);
  }

  /** A rule of this body. */
  rule(body: Expression): Rule {
    const rule = this.declare();
    this.define(rule, body);
    return rule;
  }

  /**
   * The grammar of what `root` matches, without what no finite text matches.
   * @throws RequestError where nothing is left.
   */
  write(root: Expression): string {
    this.define({ kind: 'rule', name: ROOT }, root);
    const productive = this.#productiveRules();
    if (!productive.has(ROOT)) throw new RequestError('no finite answer is possible', { field: this.field });
    const lines = [...productive].map((name) => `${name} ::= ${written(this.#rules.get(name) ?? EMPTY, productive)}`);
    return `${lines.join('\n')}\n`;
  }

  #productiveRules(): Set<string> {
    const productive = new Set<string>();
    for (let known = -1; known < productive.size;) {
      known = productive.size;
      for (const [name, body] of this.#rules) if (isProductive(body, productive)) productive.add(name);
    }
    return productive;
  }
}

function partsOf(expression: Expression): number {
  const sum = (parts: readonly Expression[]) => parts.reduce((count, part) => count + partsOf(part), 1);
  switch (expression.kind) {
    case 'sequence':
      return sum(expression.parts);
    case 'choice':
      return sum(expression.choices);
    case 'repeat':
      return (
        1 +
        partsOf(expression.part) * Math.max(1, expression.least, Number.isFinite(expression.most) ? expression.most : 1)
      );
    default:
      return 1;
  }
}

/** Whether some finite text matches, as far as it is known which rules' texts are. */
function isProductive(expression: Expression, rules: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'text':
      return true;
    case 'byte':
      return expression.ranges.length > 0;
    case 'sequence':
      return expression.parts.every((part) => isProductive(part, rules));
    case 'choice':
      return expression.choices.some((part) => isProductive(part, rules));
    case 'repeat':
      return expression.least === 0 || isProductive(expression.part, rules);
    case 'rule':
      return rules.has(expression.name);
  }
}

/** @param rules those whose texts are finite; choices that are not are left out. */
function written(expression: Expression, rules: ReadonlySet<string>): string {
  switch (expression.kind) {
    case 'text':
      return JSON.stringify(expression.text).replace(/[^\x20-\x7e]/gu, escaped);
    case 'byte': {
      // The engine would take one byte alone for the character of that number, so it is said twice.
      const ranges = expression.ranges.length === 1 ? [...expression.ranges, ...expression.ranges] : expression.ranges;
      return `[${ranges.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}-${hex(high)}`)).join('')}]`;
    }
    case 'sequence': {
      const parts = expression.parts.map((part) => written(part, rules));
      return parts.length === 0 ? '""' : `(${parts.join(' ')})`;
    }
    case 'choice': {
      const choices = expression.choices.filter((part) => isProductive(part, rules));
      return `(${choices.map((part) => written(part, rules)).join(' | ')})`;
    }
    case 'repeat': {
      const { part, least, most } = expression;
      if (most === 0 || !isProductive(part, rules)) return '""';
      const times =
        least === 0 && most === NO_LIMIT
          ? '*'
          : least === 0 && most === 1
            ? '?'
            : `{${least},${most === NO_LIMIT ? '' : most}}`;
      return `(${written(part, rules)})${times}`;
    }
    case 'rule':
      return expression.name;
  }
}

const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`;

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}
