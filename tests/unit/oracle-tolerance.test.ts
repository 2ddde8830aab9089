import { describe, expect, it } from 'vitest';
import {
  argmaxAgreement,
  compareQuantised,
  largestDifference,
  relativeDifference,
  roundsSafely,
} from '../support/tolerance';

describe('tolerances of docs/MODEL.md section 13', () => {
  it('excuse a step of one near a rounding boundary, and nothing else', () => {
    const oracle = { q: Int8Array.of(12, 13, 100), scale: 1, unrounded: Float64Array.of(12.4, 12.500001, 100.49998) };
    expect(compareQuantised(Int8Array.of(12, 13, 100), oracle)).toEqual({ faults: [], flips: 0 });
    expect(compareQuantised(Int8Array.of(12, 12, 101), oracle)).toEqual({ faults: [], flips: 2 });
    expect(compareQuantised(Int8Array.of(13, 13, 100), oracle).faults).toHaveLength(1);
    expect(compareQuantised(Int8Array.of(12, 11, 100), oracle).faults).toHaveLength(1);
    expect(compareQuantised(Int8Array.of(12, 13), oracle).faults).toHaveLength(1);
  });

  it('widen with the size of the value', () => {
    expect(roundsSafely(0.50002)).toBe(true);
    expect(roundsSafely(126.50002)).toBe(false);
    expect(roundsSafely(-0.500005)).toBe(false);
  });

  it('see NaN and missing values as differences', () => {
    expect(largestDifference([1, NaN], [1, 2])).toBe(Infinity);
    expect(largestDifference([1], [1, 2])).toBe(Infinity);
    expect(relativeDifference([3, 4.5], [3, 4])).toBeCloseTo(0.5 / Math.sqrt(12.5), 12);
  });

  it('count the rows with the same likeliest token', () => {
    expect(argmaxAgreement(Float32Array.of(1, 2, 3, 1), Float32Array.of(0, 5, 0, 5), 2)).toBe(0.5);
  });
});
