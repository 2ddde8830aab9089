import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainCopy } from '../../../src/api/plain-copy';
import { RequestError } from '../../../src/errors';
import { resultOrRefusal } from '../../support/fuzz';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();

/** As the frameworks of pages make their state reactive: every object in it is a proxy. */
function reactive<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, { get: (target, name, receiver) => reactive(Reflect.get(target, name, receiver)) });
}

describe('a plain copy', () => {
  test('has the data of reactive objects, which a browser does not clone', () => {
    const params = { messages: [{ role: 'user', content: 'Hi' }], temperature: 0, stop: null };
    expect(() => structuredClone(reactive(params))).toThrow(DOMException);
    const copy = plainCopy(reactive(params));
    expect(structuredClone(copy)).toEqual(params);
  });

  test('has nothing that is undefined, and the same object as often as it was there', () => {
    const one = { role: 'user', content: undefined };
    expect(plainCopy({ messages: [one, one], seed: undefined })).toStrictEqual({
      messages: [{ role: 'user' }, { role: 'user' }],
    });
  });

  const circle: Record<string, unknown> = {};
  circle.next = { again: circle };
  let deep: unknown = 1;
  for (let depth = 0; depth < 1000; depth++) deep = [deep];
  test.each([
    ['temperature', 'is a function', { temperature: () => 1 }],
    ['messages[1].content', 'is a symbol', { messages: [{}, { content: Symbol('x') }] }],
    ['next.again', 'within itself', circle],
    [`stop${'[0]'.repeat(63)}`, 'too deeply', { stop: deep }],
  ])('refuses by name: %s %s', (field, reason, params) => {
    const copy = () => plainCopy(params);
    expect(copy).toThrow(RequestError);
    expect(copy).toThrow(reason);
    expect(copy).toThrow(field);
  });

  test(`can be cloned whatever it was made of, or is refused (seed ${seed})`, () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
    const values = fc.oneof(anything, fc.dictionary(fc.string(), fc.oneof(anything, fc.func(anything))));
    fc.assert(
      fc.property(values, (value) => {
        const copy = resultOrRefusal(() => plainCopy(value), [RequestError]);
        if (copy !== undefined) expect(structuredClone(copy)).toEqual(copy);
      }),
      { seed, numRuns: cases({ few: 1000, many: 5000 }) },
    );
  });
});
