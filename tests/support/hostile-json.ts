import fc from 'fast-check';

/** One level in another, deeper than any recursion goes. */
function deep(wrap: (inside: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let depth = 0; depth < 20_000; depth++) value = wrap(value);
  return value;
}

const DEEP_LIST = deep((inside) => [inside]);
const DEEP_OBJECT = deep((inside) => ({ type: 'Sequence', normalizers: [inside], pretokenizers: [inside] }));
const LONG = 'x'.repeat(5000);
const KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '', '\ud800', LONG];

/** Values at the edge of what a check may have thought of, and any others. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false, [], {}, [[]], [null], DEEP_LIST, DEEP_OBJECT),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 0, 1, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e308, 5e-324),
  fc.constantFrom('', ' ', '\0', '\ud800', '\udc00', '\u202e', '\ufeff', '1', '../x', 'javascript:x', LONG, ...KEYS),
  fc.integer({ min: -10, max: 2000 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer(), { minLength: 1000, maxLength: 2000 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Container = Record<string, unknown> | unknown[];

/** One change: where (counted through all places), what is done there, and with what. */
interface Change {
  place: number;
  deed: 'put' | 'drop' | 'repeat' | 'add' | 'move';
  key: string;
  value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat({ max: 2 ** 20 }),
  deed: fc.constantFrom('put', 'put', 'put', 'drop', 'repeat', 'add', 'move'),
  key: fc.oneof(fc.constantFrom(...KEYS), fc.string()),
  value: hostileValue,
});

/** A good value, as it was parsed from JSON, with one to three changes anywhere in it. */
export function mutated(good: unknown): fc.Arbitrary<unknown> {
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const root = { good: structuredClone(good) };
    for (const one of changes) apply(one, root);
    return root.good;
  });
}

/** All the containers of a value with one of their keys each; no deeper than good values go. */
function placesOf(container: Container, depth = 0): [Container, string][] {
  if (depth > 8) return [];
  return Object.entries(container).flatMap(([key, value]): [Container, string][] => [
    [container, key],
    ...(typeof value === 'object' && value !== null ? placesOf(value as Container, depth + 1).slice(0, 300) : []),
  ]);
}

function apply({ place, deed, key, value }: Change, root: Record<string, unknown>): void {
  const places = placesOf(root);
  if (places.length === 0) return;
  const [container, at] = places[place % places.length];
  const old: unknown = Reflect.get(container, at);
  // As JSON.parse does, which makes even __proto__ a field of its own.
  const put = (name: string, what: unknown) => {
    Object.defineProperty(container, name, { value: what, enumerable: true, configurable: true, writable: true });
  };
  if (Array.isArray(container)) {
    if (deed === 'drop') container.splice(Number(at), 1);
    else if (deed === 'repeat') container.push(old);
    else if (deed === 'move') container.reverse();
    else if (deed === 'add') container.push(value);
    else container[Number(at)] = value;
  } else if (deed === 'drop') Reflect.deleteProperty(container, at);
  else if (deed === 'add') put(key, value);
  else if (deed === 'repeat') put(key, old);
  else if (deed === 'move') put(at, container[Object.keys(container)[place % Object.keys(container).length]]);
  else put(at, value);
}

/** The text of a value; of one that is too deep for JSON.stringify, brackets without end. */
export function jsonText(value: unknown): string {
  try {
    return value === undefined ? '' : JSON.stringify(value);
  } catch {
    return '['.repeat(100_000);
  }
}
