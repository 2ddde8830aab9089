import { RequestError } from '../errors';
import { jsonContent, Spelling } from './characters';
import { choice, NO_LIMIT, text, type Expression, type Grammar, type Rule } from './expression';
import { ANY_INTEGER, ANY_NUMBER, JsonText } from './json-text';
import { integersWithin, numbersWithin } from './number-range';
import { parsePattern, textWithMatch } from './regular-expression';

/** Keywords that say nothing of a value. */
const ANNOTATIONS = new Set([
  ...['$schema', '$comment', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$defs', 'definitions'],
]);
const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'] as const;
type Type = (typeof TYPES)[number];
/** Keywords of a value by its type, all of them enforced. */
const CONSTRAINTS = new Set([
  ...['type', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['properties', 'required', 'additionalProperties'],
  ...['items', 'prefixItems', 'minItems', 'maxItems'],
]);
/** Keywords that stand alone, in the order in which they are looked for; `type` may stand beside the first two. */
const WHOLE = ['const', 'enum', '$ref', 'anyOf', 'oneOf', 'allOf'] as const;
const MOST_LEVELS = 100;

type Fields = Readonly<Record<string, unknown>>;

/** The grammar of the JSON texts that are valid by a schema. Each keyword is enforced, or refused by name. */
export class JsonSchema {
  readonly #json: JsonText;
  readonly #spelling: Spelling;
  /** What is referred to, by its pointer. */
  readonly #referred = new Map<string, Rule>();
  #level = 0;

  /** @param field the parameter that the schema comes from, for errors. */
  constructor(
    private readonly root: unknown,
    private readonly field: string,
    private readonly grammar: Grammar,
  ) {
    this.#spelling = new Spelling(grammar);
    this.#json = new JsonText(grammar, this.#spelling);
  }

  /** @throws RequestError naming what is wrong or not supported, with its path. */
  value(): Expression {
    return this.#reference('#', this.field);
  }

  #convert(schema: unknown, path: string): Expression {
    if (schema === true) return this.#json.anyValue;
    if (schema === false) throw new RequestError('allows no value at all', { field: path });
    const fields = asFields(schema, path);
    if (++this.#level > MOST_LEVELS)
      throw new RequestError(`is nested in more than ${MOST_LEVELS} levels`, { field: path });
    const given = Object.keys(fields).filter((keyword) => !ANNOTATIONS.has(keyword));
    const unknown = given.find((keyword) => !CONSTRAINTS.has(keyword) && !isWhole(keyword));
    if (unknown !== undefined) throw new RequestError('is not supported', { field: member(path, unknown) });
    const whole = WHOLE.find((keyword) => given.includes(keyword));
    const expression = whole === undefined ? this.#byType(fields, path) : this.#whole(whole, fields, given, path);
    this.#level--;
    return expression;
  }

  #whole(keyword: (typeof WHOLE)[number], fields: Fields, given: readonly string[], path: string): Expression {
    const at = member(path, keyword);
    const value = fields[keyword];
    const isLiteral = keyword === 'const' || keyword === 'enum';
    const beside = given.find((other) => other !== keyword && !(isLiteral && other === 'type'));
    if (beside !== undefined)
      throw new RequestError(`is not supported beside ${keyword}`, { field: member(path, beside) });
    switch (keyword) {
      case 'const':
        return this.#literals([value], fields, path, at);
      case 'enum':
        return this.#literals(asList(value, at), fields, path, at);
      case '$ref':
        return this.#reference(asText(value, at), at);
      case 'anyOf':
        return choice(...asList(value, at).map((schema, index) => this.#convert(schema, `${at}[${index}]`)));
      default: {
        const [only, ...others] = asList(value, at);
        if (others.length === 0) return this.#convert(only, `${at}[0]`);
        const hint = keyword === 'oneOf' ? '; anyOf is' : '';
        throw new RequestError(`is not supported with more than one schema${hint}`, { field: at });
      }
    }
  }

  #literals(values: readonly unknown[], fields: Fields, path: string, at: string): Expression {
    const types = typesOf(fields, path);
    const allowed = values.filter((value) => types.some((type) => isOfType(value, type)));
    if (allowed.length === 0) throw new RequestError('has no value of the type', { field: at });
    return choice(...allowed.map((value) => text(JSON.stringify(value))));
  }

  #reference(pointer: string, at: string): Expression {
    const known = this.#referred.get(pointer);
    if (known !== undefined) return known;
    const rule = this.grammar.declare();
    this.#referred.set(pointer, rule);
    const { schema, path } = this.#find(pointer, at);
    this.grammar.define(rule, this.#convert(schema, path));
    return rule;
  }

  #find(pointer: string, at: string): { schema: unknown; path: string } {
    const refuse = (reason: string) => new RequestError(reason, { field: at });
    if (!/^#(\/|$)/.test(pointer)) throw refuse('must refer to a part of the same schema, as "#/$defs/name" does');
    let found = { schema: this.root, path: this.field };
    for (const part of pointer.split('/').slice(1)) {
      const key = decodePointer(part);
      const { schema, path } = found;
      if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, key))
        throw refuse('refers to nothing');
      found = {
        schema: (schema as Fields)[key],
        path: Array.isArray(schema) ? `${path}[${key}]` : member(path, key),
      };
    }
    return found;
  }

  #byType(fields: Fields, path: string): Expression {
    const types = typesOf(fields, path);
    const choices = types
      .filter((type) => type !== 'integer' || !types.includes('number'))
      .map((type) => {
        switch (type) {
          case 'null':
            return text('null');
          case 'boolean':
            return choice(text('true'), text('false'));
          case 'string':
            return this.#string(fields, path);
          case 'object':
            return this.#object(fields, path);
          case 'array':
            return this.#list(fields, path);
          default:
            return this.#number(type, fields, path);
        }
      });
    return choice(...choices);
  }

  #number(type: 'number' | 'integer', fields: Fields, path: string): Expression {
    const bound = (keyword: string) => {
      const value = fields[keyword];
      if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
      throw new RequestError('must be a number', { field: member(path, keyword) });
    };
    const [low, above, high, below] = ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'].map(bound);
    if ([low, above, high, below].every((value) => value === undefined)) {
      return type === 'integer' ? ANY_INTEGER : ANY_NUMBER;
    }
    const isLowOut = above !== undefined && (low === undefined || above >= low);
    const isHighOut = below !== undefined && (high === undefined || below <= high);
    const bounds = { low: isLowOut ? above : low, isLowOut, high: isHighOut ? below : high, isHighOut };
    const numbers = type === 'integer' ? integersWithin(bounds) : numbersWithin(bounds);
    if (numbers !== undefined) return numbers;
    throw new RequestError('has no number within its bounds that can be written in 15 digits', { field: path });
  }

  #string(fields: Fields, path: string): Expression {
    const [least, most] = this.#counts(fields, 'minLength', 'maxLength', path);
    if (fields.pattern === undefined) return this.#json.string(least, most);
    const at = member(path, 'pattern');
    const length = ['minLength', 'maxLength'].find((keyword) => fields[keyword] !== undefined);
    if (length !== undefined)
      throw new RequestError('is not supported beside pattern', { field: member(path, length) });
    const alternatives = parsePattern(asText(fields.pattern, at), 'u', at, (set) => this.#spelling.json(set));
    return this.#json.quoted(textWithMatch(alternatives, this.#json.character));
  }

  #object(fields: Fields, path: string): Expression {
    const at = member(path, 'properties');
    const properties = Object.entries(asFields(fields.properties ?? {}, at));
    const required = requiredNames(fields, path);
    const names = properties.map(([name]) => name);
    const named = properties.flatMap(([name, schema]) => {
      const isRequired = required.includes(name);
      // What nothing is valid for can only be left out.
      if (schema === false && !isRequired) return [];
      return { part: this.#member(name, this.#convert(schema, member(at, name))), isRequired };
    });
    const unnamed = required.filter((name) => !names.includes(name));
    const others = fields.additionalProperties ?? true;
    if (others === false) {
      if (unnamed.length === 0) return this.#json.object(named, undefined);
      throw new RequestError(`"${unnamed[0]}" is none of the properties`, { field: member(path, 'required') });
    }
    const value = this.grammar.rule(this.#convert(others, member(path, 'additionalProperties')));
    const needed = unnamed.map((name) => ({ part: this.#member(name, value), isRequired: true }));
    // Where a schema names properties and says nothing of others, it is these that are wanted.
    const isOpen = fields.additionalProperties !== undefined || names.length === 0;
    const key = () => this.#json.stringBut([...names, ...unnamed]);
    return this.#json.object([...named, ...needed], isOpen ? this.#json.member(key(), value) : undefined);
  }

  #member(name: string, value: Expression): Expression {
    return this.grammar.rule(this.#json.member(text(`"${jsonContent(name)}"`), value));
  }

  #list(fields: Fields, path: string): Expression {
    const [least, most] = this.#counts(fields, 'minItems', 'maxItems', path);
    const at = member(path, 'prefixItems');
    const first = fields.prefixItems === undefined ? [] : asList(fields.prefixItems, at);
    const items = fields.items ?? first.length === 0;
    if (items === false && least > first.length) {
      throw new RequestError('is more than there are items', { field: member(path, 'minItems') });
    }
    const others = items === false ? undefined : this.grammar.rule(this.#convert(items, member(path, 'items')));
    const converted = first.map((schema, index) => this.grammar.rule(this.#convert(schema, `${at}[${index}]`)));
    return this.#json.list(converted, others, least, most);
  }

  #counts(fields: Fields, low: string, high: string, path: string): [least: number, most: number] {
    const count = (keyword: string, none: number) => {
      const value = fields[keyword] ?? none;
      if (value === NO_LIMIT || (Number.isSafeInteger(value) && Number(value) >= 0)) return Number(value);
      throw new RequestError('must be a whole number, 0 or more', { field: member(path, keyword) });
    };
    const [least, most] = [count(low, 0), count(high, NO_LIMIT)];
    if (least > most) throw new RequestError(`is more than ${high}`, { field: member(path, low) });
    return [least, most];
  }
}

function isWhole(keyword: string): boolean {
  return (WHOLE as readonly string[]).includes(keyword);
}

function typesOf({ type }: Fields, path: string): Type[] {
  if (type === undefined) return [...TYPES];
  const given: unknown[] = Array.isArray(type) ? type : [type];
  const types = TYPES.filter((known) => given.includes(known));
  if (types.length > 0 && types.length === given.length) return types;
  throw new RequestError(`must be one or more of ${TYPES.join(', ')}`, { field: member(path, 'type') });
}

function isOfType(value: unknown, type: Type): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function requiredNames({ required = [] }: Fields, path: string): string[] {
  if (Array.isArray(required) && required.every((name) => typeof name === 'string')) return [...new Set(required)];
  throw new RequestError('must be a list of names', { field: member(path, 'required') });
}

function asFields(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RequestError('must be an object', { field: path });
}

function asText(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new RequestError('must be a string', { field: path });
}

function asList(value: unknown, path: string): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new RequestError('must be a list of one or more', { field: path });
}

/** A JSON path. */
function member(path: string, name: string): string {
  return /^[\w$]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** A part of a JSON pointer in a URL's fragment. */
function decodePointer(part: string): string {
  let decoded = part;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    // A name with a percent sign that was not escaped.
  }
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~');
}
