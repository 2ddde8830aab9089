import { describe, expect, it } from 'vitest';
import { sample } from '../../../bench/measure/statistics';
import { compare, ourTime } from '../../../bench/report/comparison';
import { markdown } from '../../../bench/report/markdown';
import { addSection, type ModelResult, type Results } from '../../../bench/report/results';
import { tables } from '../../../bench/report/tables';

const provenance = { commit: 'c', date: 'd' };
const empty: ModelResult = { detail: {}, measured: {} };
const kernel = (name: string, microseconds: number) => ({ kernel: name, count: 24, workgroups: 1, microseconds });
const withKernels = addSection(
  empty,
  'kernels',
  {
    decode: { tokens: 1, kernels: [kernel('mix fused', 4), kernel('mixture', 9)], wholeMicroseconds: 400 },
    prefill: { tokens: 128, kernels: [kernel('mix quantise', 2), kernel('mix stored block', 8)], wholeMicroseconds: 9 },
  },
  provenance,
);

describe('results', () => {
  it('take the medians of what was measured as their figures', () => {
    const greedy = { 16: sample([3, 1, 2]) };
    const sampled = { 16: sample([10, 40, 20, 30]), 2048: sample([5]) };
    const result = addSection(empty, 'decode', { greedy, sampled, logprobs: {} }, provenance);
    expect(result).toMatchObject({
      decodeGreedy: 2,
      decodeSampled: 25,
      decodeAtContext: { 16: 25, 2048: 5 },
      measured: { decode: provenance },
    });
    expect(result).not.toHaveProperty('prefill512');
    expect(result.detail.decode?.sampled['16']).toMatchObject({ low: 10, high: 40 });
  });

  it('keep earlier sections, each with the commit it was measured at', () => {
    const rate = { 512: sample([100]) };
    const later = addSection(withKernels, 'prefill', { rate, firstToken: rate }, { commit: 'e', date: 'f' });
    expect(later.measured).toEqual({ kernels: provenance, prefill: { commit: 'e', date: 'f' } });
    expect(later.prefill512).toBe(100);
  });

  it('become tables without rows of which nothing is known', () => {
    const results: Results = { ...provenance, browser: '', gpu: '', peers: {}, models: { tiny: withKernels } };
    expect(tables(results).map(({ title }) => title)).toEqual([
      'Kernels of a decode step, tiny',
      'Kernels of a prefill slice of 128 tokens, tiny',
    ]);
    const lines = markdown({
      title: 'T',
      rows: [
        ['', 'a'],
        ['row', '12,345'],
      ],
    }).split('\n');
    expect(lines).toEqual(['### T', '', '|     |      a |', '| --- | -----: |', '| row | 12,345 |', '']);
  });
});

describe('a comparison of kernels', () => {
  it('adds all kernels of a projection up, for 512 rows over all slices', () => {
    expect(ourTime(withKernels, 'mix', 1)).toEqual({ microseconds: 4, dispatches: 1 });
    expect(ourTime(withKernels, 'mix', 512)).toEqual({ microseconds: 40, dispatches: 8 });
    expect(ourTime(withKernels, 'head', 1)).toBeUndefined();
  });

  it('takes the time of empty dispatches off both', () => {
    const theirs = { gpu: 10, wall: 20, dispatches: 2, blockSize: 32 };
    expect(compare(theirs, { microseconds: 4, dispatches: 1 }, 2000)).toEqual({
      ...theirs,
      ours: 4,
      gpuNet: 6,
      oursNet: 2,
    });
    expect(compare(theirs, undefined, undefined)).toMatchObject({ ours: null, gpuNet: null, oursNet: null });
  });
});
