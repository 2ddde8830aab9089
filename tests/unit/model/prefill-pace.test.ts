import { describe, expect, it } from 'vitest';
import { longestSlice, PrefillPacer } from '../../../src/model/prefill-pace';

/** Lengths of a prompt's slices. */
function slices(pacer: PrefillPacer, tokens: number): number[] {
  const lengths: number[] = [];
  for (let left = tokens; left > 0; left -= lengths[lengths.length - 1]) lengths.push(pacer.next(left));
  return lengths;
}

describe('the pace of prefill', () => {
  it('begins with one slice of middling length', () => {
    const pacer = new PrefillPacer(64, 256);
    expect(pacer.pace).toEqual({ sliceTokens: 128, slicesInFlight: 1 });
    expect(new PrefillPacer(8, 8).pace).toEqual({ sliceTokens: 8, slicesInFlight: 1 });
  });

  it.each([
    // 16 ms are 480 tokens: memory bounds them. Two slices of 256 are 17 ms.
    { milliseconds: 1000 / 30, expected: { sliceTokens: 256, slicesInFlight: 2 } },
    // 16 ms are 96 tokens, which is one whole tile; two such slices are 21 ms.
    { milliseconds: 1000 / 6, expected: { sliceTokens: 64, slicesInFlight: 2 } },
    // 16 ms are 16 tokens; two slices of one tile are 128 ms.
    { milliseconds: 1000, expected: { sliceTokens: 64, slicesInFlight: 1 } },
  ])('follows what is measured: 1000 tokens in $milliseconds ms', ({ milliseconds, expected }) => {
    const pacer = new PrefillPacer(64, 256);
    pacer.measured(1000, milliseconds);
    expect(pacer.pace).toEqual(expected);
  });

  it('does not judge by a few tokens', () => {
    const pacer = new PrefillPacer(64, 256);
    pacer.measured(20, 1);
    expect(pacer.pace.slicesInFlight).toBe(1);
  });

  it('cuts a prompt evenly, in whole tiles but for the last slice', () => {
    const pacer = new PrefillPacer(64, 256, { sliceTokens: 256, slicesInFlight: 2 });
    expect(slices(pacer, 512)).toEqual([256, 256]);
    expect(slices(pacer, 300)).toEqual([192, 108]);
    expect(slices(pacer, 600)).toEqual([256, 192, 152]);
    expect(slices(pacer, 257)).toEqual([192, 65]);
    expect(slices(pacer, 5)).toEqual([5]);
  });

  it('has memory for slices of whole tiles, and for one tile in any case', () => {
    expect(longestSlice(64, 1024, 8_000_000)).toBe(512);
    // 160 tokens, and 80.
    expect(longestSlice(64, 50_000, 8_000_000)).toBe(128);
    expect(longestSlice(64, 50_000, 4_000_000)).toBe(64);
    expect(longestSlice(64, 1_000_000, 8_000_000)).toBe(64);
  });

  it('never exceeds a fixed pace that is no whole number of tiles', () => {
    const pacer = new PrefillPacer(64, 3, { sliceTokens: 3, slicesInFlight: 2 });
    pacer.measured(1000, 1);
    expect(pacer.pace).toEqual({ sliceTokens: 3, slicesInFlight: 2 });
    expect(slices(pacer, 8)).toEqual([3, 3, 2]);
  });
});
