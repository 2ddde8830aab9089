import type { Random } from './random';

type Schema = Record<string, unknown>;

const NAMES = ['a', 'ab', 'name', 'größe', 'a"b', 'x\\y', 'né\n', '日本', '😀'];
const PATTERNS = [
  '^[a-z]{2,5}$',
  'ab+',
  '^\\d{1,3}(?:,\\d{3})*$',
  'x$|^y',
  '^(?:ja|nein|"\\\\)$',
  '^[^"a-z]{1,4}$',
  '[é-ü]',
];

/** A JSON schema of keywords that are enforced, with values that are valid by it. */
export function randomSchema(random: Random, depth = 3): unknown {
  const schema = oneOf(random, depth);
  if (depth < 3) return schema;
  // Referred to now and then, and by itself.
  return { ...schema, $defs: { leaf: oneOf(random, 0), tree: tree(random) }, title: 'A test' };
}

function oneOf(random: Random, depth: number): Schema {
  const inner = () => randomSchema(random, depth - 1);
  if (depth <= 0) return leaf(random);
  switch (random.integer(0, 7)) {
    case 0:
      return leaf(random);
    case 1:
      return { [random.pick(['anyOf', 'anyOf', 'allOf', 'oneOf'])]: [inner()] };
    case 2:
      return { anyOf: Array.from({ length: random.integer(1, 3) }, inner) };
    case 3:
      return { $ref: random.pick(['#/$defs/leaf', '#/$defs/tree']) };
    case 4:
      return list(random, inner);
    default:
      return object(random, inner);
  }
}

function leaf(random: Random): Schema {
  switch (random.integer(0, 9)) {
    case 0:
      return { type: random.pick(['null', 'boolean', 'integer', 'number', 'string']) };
    case 1:
      return { enum: [1, 'zwei', null, [true, { a: 'ü"' }], 0.5].slice(random.integer(0, 3)) };
    case 2:
      return { const: random.pick<unknown>(['x', 5, { b: [null] }, '']), description: 'the one' };
    case 3: {
      const least = random.integer(0, 4);
      return { type: 'string', minLength: least, maxLength: least + random.integer(0, 4) };
    }
    case 4:
      return { type: 'string', pattern: random.pick(PATTERNS) };
    case 5:
      return { type: 'integer', ...bounds(random, (value) => Math.round(value)) };
    case 6:
      return { type: 'number', ...bounds(random, (value) => value) };
    case 7:
      return { type: ['string', 'null'], enum: [null, 'a', 3] };
    case 8:
      return { type: random.pick([['integer', 'null'], ['boolean', 'string'], 'number']) };
    default:
      return { type: ['string', 'integer', 'boolean'], maxLength: 3, minimum: random.integer(-50, 50) };
  }
}

function bounds(random: Random, rounded: (value: number) => number): Schema {
  const size = 10 ** random.integer(-3, 7);
  const low = rounded(random.uniform(-size, size));
  const high = rounded(low + size * random.uniform(0.5, 2)) + 2;
  const lower = random.pick([
    {},
    { minimum: low },
    { exclusiveMinimum: low },
    { minimum: low - 1, exclusiveMinimum: low },
  ]);
  return { ...lower, ...random.pick([{}, { maximum: high }, { exclusiveMaximum: high }]) };
}

function object(random: Random, inner: () => unknown): Schema {
  const names = NAMES.filter(() => random.chance(0.3));
  const required = names.filter(() => random.chance(0.5));
  const others = random.pick<Schema>([{}, { additionalProperties: false }, { additionalProperties: inner() }, {}]);
  const unnamed = others.additionalProperties === false || random.chance(0.8) ? [] : ['unnamed'];
  const properties = Object.fromEntries(names.map((name) => [name, inner()]));
  return { type: 'object', properties, required: [...required, ...unnamed], ...others };
}

function list(random: Random, inner: () => unknown): Schema {
  const first = random.chance(0.4) ? Array.from({ length: random.integer(1, 3) }, inner) : undefined;
  const least = random.integer(0, first?.length ?? 3);
  const counts = random.pick<Schema>([
    {},
    { minItems: least },
    { minItems: least, maxItems: least + random.integer(0, 3) },
    { maxItems: random.integer(0, 4) },
  ]);
  const items = random.pick<Schema>([
    {},
    { items: inner() },
    { items: inner() },
    first === undefined ? {} : { items: false },
  ]);
  return { type: 'array', ...(first === undefined ? {} : { prefixItems: first }), ...counts, ...items };
}

function tree(random: Random): Schema {
  const child = { $ref: '#/$defs/tree' };
  const properties = { value: leaf(random), left: child, right: { anyOf: [child, { type: 'null' }] } };
  return { type: 'object', properties, required: ['value'], additionalProperties: false };
}
