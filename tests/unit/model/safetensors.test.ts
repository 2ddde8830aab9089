import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckpointError } from '../../../src/errors';
import { parseSafetensorsHeader } from '../../../src/model/safetensors';
import { safetensorsFile, writeSafetensors } from '../../support/safetensors';

const parse = (bytes: Uint8Array) => parseSafetensorsHeader(bytes, 'x.safetensors', bytes.length);
const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const file = (header: unknown, dataBytes: number) => safetensorsFile(JSON.stringify(header), new Uint8Array(dataBytes));

describe('parseSafetensorsHeader', () => {
  test('reads tensors in the order of their data, and metadata', () => {
    const header = { __metadata__: { format: 'pt' }, b: entry('F32', [2], 6, 14), a: entry('BF16', [3, 1], 0, 6) };
    expect(parse(file(header, 14))).toEqual({
      dataOffset: 8 + Math.ceil(JSON.stringify(header).length / 8) * 8,
      tensors: [
        { name: 'a', dtype: 'BF16', shape: [3, 1], begin: 0, end: 6 },
        { name: 'b', dtype: 'F32', shape: [2], begin: 6, end: 14 },
      ],
      metadata: { format: 'pt' },
    });
  });

  test('needs no more of the file than its header', () => {
    const whole = writeSafetensors([{ name: 'a', dtype: 'U8', shape: [1000], bytes: new Uint8Array(1000) }]);
    const { tensors } = parseSafetensorsHeader(whole.subarray(0, whole.length - 900), 'x.safetensors', whole.length);
    expect(tensors).toEqual([{ name: 'a', dtype: 'U8', shape: [1000], begin: 0, end: 1000 }]);
  });

  test('takes a scalar and an empty tensor', () => {
    const header = { scalar: entry('F32', [], 0, 4), empty: entry('F32', [2 ** 50, 0, 2 ** 50], 4, 4) };
    expect(parse(file(header, 4)).tensors).toHaveLength(2);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /cut off/],
    ['a file shorter than the length field', new Uint8Array(7), /cut off/],
    ['a header longer than the file', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d), /cut off/],
    ['a header of 2^64 - 1 bytes', new Uint8Array(100).fill(255), /header length/],
    ['a header that is not JSON', safetensorsFile('{"a":', new Uint8Array()), /header: is not JSON/],
    ['a header that is an array', safetensorsFile('[]', new Uint8Array()), /not a JSON object/],
    ['a header that does not start with its brace', safetensorsFile(' {}', new Uint8Array()), /not a JSON object/],
    ['metadata that are no strings', file({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ['a tensor that is a number', file({ a: 1 }, 0), /: a: /],
    ['an unknown type', file({ a: entry('F5', [1], 0, 1) }, 1), /: a: has the unknown type F5/],
    ['a negative length', file({ a: entry('U8', [-1], 0, 1) }, 1), /: a: shape\.0/],
    ['a fractional length', file({ a: entry('U8', [0.5], 0, 1) }, 1), /: a: shape\.0/],
    ['a shape that overflows', file({ a: entry('U8', [2 ** 52, 2 ** 52], 0, 1) }, 1), /: a: has 1 bytes/],
    ['fewer bytes than the shape takes', file({ a: entry('F32', [2], 0, 4) }, 4), /: a: has 4 bytes.*takes 8/],
    ['an end before its start', file({ a: entry('U8', [1], 1, 0) }, 1), /: a: ends at byte 0, before/],
    ['an offset too many', file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1, 2] } }, 1), /: a: /],
    ['an unknown key', file({ a: { ...entry('U8', [1], 0, 1), x: 1 } }, 1), /: a: /],
    ['tensors that overlap', file({ a: entry('U8', [2], 0, 2), b: entry('U8', [2], 1, 3) }, 3), /: b: .*overlaps/],
    ['a gap', file({ a: entry('U8', [1], 0, 1), b: entry('U8', [1], 2, 3) }, 3), /: b: .*gap/],
    ['a gap at the start', file({ a: entry('U8', [1], 1, 2) }, 2), /: a: .*gap/],
    ['a file that ends early', file({ a: entry('U8', [9], 0, 9) }, 8), /: a: .*cut off/],
    ['bytes after the last tensor', file({ a: entry('U8', [9], 0, 9) }, 11), /2 bytes after/],
    [
      'a name twice',
      safetensorsFile('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061" :1}', new Uint8Array()),
      /: a: is listed twice/,
    ],
    [
      'a key of a tensor twice',
      safetensorsFile('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"shape":[0]}}', new Uint8Array()),
      /: shape: is listed twice/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(CheckpointError);
    expect(() => parse(bytes)).toThrow(message);
  });

  test('is not fooled by quotes, braces and colons inside names', () => {
    const header = {
      'a":{': entry('U8', [1], 0, 1),
      'a\\': entry('U8', [1], 1, 2),
      __proto__x: entry('U8', [0], 2, 2),
    };
    expect(parse(file(header, 2)).tensors.map(({ name }) => name)).toEqual(['a":{', 'a\\', '__proto__x']);
  });

  test('throws nothing but CheckpointError, whatever the bytes', () => {
    const header = fc.oneof(
      fc.json(),
      fc
        .dictionary(
          fc.string(),
          fc.record({
            dtype: fc.constantFrom('F32', 'U8'),
            shape: fc.array(fc.nat()),
            data_offsets: fc.array(fc.nat()),
          }),
        )
        .map((value) => JSON.stringify(value)),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(header, fc.uint8Array({ maxLength: 50 })).map(([text, data]) => safetensorsFile(text, data)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          parse(input);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
