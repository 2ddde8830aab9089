import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/errors';
import { writeGrammar } from '../../../src/grammar/compile';

function refusal(write: () => unknown): Pick<RequestError, 'field' | 'reason'> {
  try {
    write();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const bySchema = (schema: unknown) => () => writeGrammar({ kind: 'json', schema, field: 'schema' }, false);
const byPattern =
  (pattern: string, flags = '') =>
  () =>
    writeGrammar({ kind: 'regex', pattern, flags, field: 'pattern' }, false);

describe('a keyword that is not enforced is refused by name with its path', () => {
  const NOT_ENFORCED = [
    ...['uniqueItems', 'contains', 'minContains', 'maxContains', 'additionalItems', 'unevaluatedItems'],
    ...['patternProperties', 'propertyNames', 'minProperties', 'maxProperties', 'unevaluatedProperties'],
    ...['dependentRequired', 'dependentSchemas', 'dependencies'],
    ...['not', 'if', 'then', 'else', 'format', 'multipleOf', 'contentEncoding', 'contentMediaType'],
    ...[
      '$id',
      '$anchor',
      '$dynamicRef',
      '$dynamicAnchor',
      '$vocabulary',
      'nullable',
      'discriminator',
      'no such keyword',
    ],
  ];

  it.each(NOT_ENFORCED)('%s', (keyword) => {
    const schema = { type: 'object', properties: { a: { items: { [keyword]: true } } } };
    const place = /^[\w$]+$/.test(keyword) ? `.${keyword}` : `[${JSON.stringify(keyword)}]`;
    const { field, reason } = refusal(bySchema(schema));
    expect([field, reason]).toEqual([`schema.properties.a.items${place}`, 'is not supported']);
  });
});

describe('a schema is refused that', () => {
  it.each<[string, unknown]>([
    ['schema', null],
    ['schema', false],
    ['schema.type', { type: 'text' }],
    ['schema.type', { type: ['string', 'text'] }],
    ['schema.type', { type: [] }],
    ['schema.enum', { enum: [] }],
    ['schema.enum', { enum: [1, 2], type: 'string' }],
    ['schema.const', { const: 1.5, type: 'integer' }],
    ['schema.minLength', { const: 'a', minLength: 3 }],
    ['schema.type', { anyOf: [{}], type: 'string' }],
    ['schema.anyOf', { anyOf: [] }],
    ['schema.anyOf[1].items', { anyOf: [{}, { items: [] }] }],
    ['schema.oneOf', { oneOf: [{ type: 'string' }, { type: 'null' }] }],
    ['schema.allOf', { allOf: [{ type: 'string' }, { minLength: 3 }] }],
    ['schema.allOf', { allOf: [{}], anyOf: [{}] }],
    ['schema.$ref', { $ref: 'https://host.invalid/schema.json' }],
    ['schema.$ref', { $ref: '#/$defs/none' }],
    ['schema.$ref', { $ref: '#/constructor' }],
    ['schema.$ref', { $ref: 5 }],
    ['schema.minimum', { $ref: '#/$defs/a', minimum: 5, $defs: { a: {} } }],
    ['schema.$defs["a/b"].format', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { format: 'date' } } }],
    ['schema', { $ref: '#' }],
    ['schema', { anyOf: [{ $ref: '#' }, { type: 'array', items: { $ref: '#' }, minItems: 1 }] }],
    ['schema.minLength', { minLength: -1 }],
    ['schema.minLength', { minLength: 3, maxLength: 2 }],
    ['schema.maxLength', { pattern: 'a', maxLength: 2 }],
    ['schema.pattern', { pattern: '(' }],
    ['schema.pattern', { pattern: '\\p{L}' }],
    ['schema.pattern', { pattern: 5 }],
    ['schema.minimum', { type: 'number', minimum: '3' }],
    ['schema.exclusiveMinimum', { type: 'number', exclusiveMinimum: true }],
    ['schema', { type: 'integer', minimum: 3, exclusiveMaximum: 3 }],
    ['schema', { type: 'integer', minimum: 1.1, maximum: 1.9 }],
    ['schema', { type: 'number', minimum: 1e300 }],
    ['schema.properties', { type: 'object', properties: [] }],
    ['schema.properties["a b"]', { type: 'object', properties: { 'a b': 1 } }],
    ['schema.properties.a', { type: 'object', properties: { a: false }, required: ['a'] }],
    ['schema.required', { type: 'object', required: true }],
    ['schema.required', { type: 'object', required: ['a'], additionalProperties: false }],
    ['schema.additionalProperties.type', { type: 'object', additionalProperties: { type: 1 } }],
    ['schema.minItems', { type: 'array', minItems: 2, items: false }],
    ['schema.prefixItems[1].not', { type: 'array', prefixItems: [{}, { not: {} }] }],
    ['schema', { type: 'string', maxLength: 1e7 }],
  ])('%s: %j', (field, schema) => {
    expect(refusal(bySchema(schema)).field).toBe(field);
  });
});

describe('of a regular expression is refused', () => {
  it.each([
    ['the flag "i"', 'a', 'i'],
    ['the flag "g"', 'a', 'g'],
    ['look-ahead', 'a(?=b)', ''],
    ['look-ahead', 'a(?!b)', ''],
    ['look-behind', '(?<=a)b', ''],
    ['look-behind', '(?<!a)b', ''],
    ['back references', '(a)\\1', ''],
    ['back references', '(?<n>a)\\k<n>', ''],
    ['\\b is not', 'a\\b', ''],
    ['\\B is not', 'a\\Bb', ''],
    ['\\p is not', '\\p{L}', 'u'],
    ['\\c is not', '\\cA', ''],
    ['$ is supported at the end', 'a$b', ''],
    ['$ is supported at the end', '(a$)', ''],
    ['^ is supported at the start', 'a^b', ''],
    ['^ is supported at the start', '(?:^a)', ''],
    ['flags inside a group', '(?i:a)', ''],
    ['no regular expression', '[b-a]', ''],
    ['no regular expression', 'a{2,1}', ''],
    ['needs the flag "u"', '😀+', ''],
    ['halves of a character', '\\ud83d', ''],
    ['no finite answer', '[]', ''],
    ['too large a grammar', '(?:a{1000}){1000}', ''],
    ['more than 100 levels', `${'('.repeat(101)}${')'.repeat(101)}`, ''],
  ])('%s: %s', (reason, pattern, flags) => {
    const refused = refusal(byPattern(pattern, flags));
    expect(refused.field).toBe('pattern');
    // Which of the two it is depends on what the engine of JavaScript knows.
    expect(refused.reason).toMatch(
      reason === 'flags inside a group' ? /flags inside|no regular expression/ : escaped(reason),
    );
  });
});

function escaped(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.]/g, '\\$&'));
}
