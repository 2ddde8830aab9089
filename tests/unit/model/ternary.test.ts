import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PackError } from '../../../src/errors';
import {
  decodeTernary,
  encodeTernary,
  quantiseTernary,
  ternaryByteLength,
  ternaryMagnitude,
} from '../../../src/model/ternary';

const anyCodes = fc.array(fc.integer({ min: -1, max: 1 }), { maxLength: 300 }).map((codes) => Int8Array.from(codes));

describe('the base-3 stream', () => {
  // -1 + 1 = 0, 0 + 1 = 1 and so on; 2·1 + 0·3 + 1·9 + 2·27 + 0·81 = 65, and 1 + 1·3 + 1·9 + 1·27 + 1·81 = 121.
  test('holds the example that was worked out by hand', () => {
    const codes = Int8Array.of(1, -1, 0, 1, -1, /* next byte */ -1, 1);
    expect([...encodeTernary(codes)]).toEqual([65, 0 + 2 * 3 + 9 + 27 + 81, 121, 121]);
  });

  test('gives every list of codes back', () => {
    fc.assert(
      fc.property(anyCodes, (codes) => {
        const bytes = encodeTernary(codes);
        expect(bytes.length).toBe(ternaryByteLength(codes.length));
        expect(bytes.length % 4).toBe(0);
        expect(decodeTernary(bytes, codes.length)).toEqual(codes);
      }),
    );
  });

  test('can be joined from slices of multiples of 20 codes', () => {
    fc.assert(
      fc.property(anyCodes, fc.nat({ max: 15 }), (codes, twenties) => {
        const cut = Math.min(twenties * 20, Math.floor(codes.length / 20) * 20);
        const joined = [...encodeTernary(codes.slice(0, cut)), ...encodeTernary(codes.slice(cut))];
        expect(joined).toEqual([...encodeTernary(codes)]);
      }),
    );
  });

  test('refuses bytes from 243 on, and streams of another length', () => {
    expect(() => decodeTernary(Uint8Array.of(0, 243, 0, 0), 20)).toThrow(PackError);
    expect(() => decodeTernary(Uint8Array.of(0, 0, 0), 15)).toThrow(PackError);
    expect(() => decodeTernary(new Uint8Array(8), 20)).toThrow(PackError);
  });
});

describe('quantiseTernary', () => {
  test('keeps weights above half the magnitude, and drops the half itself', () => {
    const values = Float32Array.of(0.26, 0.25, 0.2500001, -0.25, -0.26, 0, -0);
    expect([...quantiseTernary(values, 0.5)]).toEqual([1, 0, 1, 0, -1, 0, 0]);
  });

  test('holds an all-zero matrix away from a magnitude of 0', () => {
    expect(ternaryMagnitude(0, 12)).toBe(Math.fround(1e-5));
    expect([...quantiseTernary(new Float32Array(3), ternaryMagnitude(0, 3))]).toEqual([0, 0, 0]);
  });
});
