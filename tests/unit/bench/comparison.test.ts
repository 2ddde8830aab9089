import { expect, it } from 'vitest';
import { compare, withOurTimes } from '../../../bench/report/comparison';
import type { OnnxResult } from '../../../bench/report/peer-results';
import { addSection, type Results } from '../../../bench/report/results';

const provenance = { commit: 'c', date: 'd' };

it('puts our newest times beside ONNX Runtime’s, whichever was measured first', () => {
  const theirs = compare({ gpu: 10, wall: 20, dispatches: 2, blockSize: 32 }, undefined, undefined);
  const ort2: OnnxResult = { mix: { outputs: 3, inputs: 1, rows1: theirs, rows512: theirs }, error: 'gave up' };
  const results: Results = { ...provenance, browser: '', gpu: '', models: {}, peers: { ort2: { tiny: ort2 } } };
  expect(withOurTimes(results)).toEqual(results);

  const kernel = (microseconds: number) => ({ kernel: 'mix fused', count: 2, workgroups: 1, microseconds });
  const table = (tokens: number, microseconds: number) => ({
    tokens,
    kernels: [kernel(microseconds)],
    wholeMicroseconds: 9,
  });
  const kernels = { decode: table(1, 4), prefill: table(128, 7) };
  const tiny = addSection({ detail: {}, measured: {} }, 'kernels', kernels, provenance);
  const { peers } = withOurTimes({ ...results, models: { tiny } });
  expect(peers).toEqual({
    ort2: {
      tiny: {
        mix: { outputs: 3, inputs: 1, rows1: { ...theirs, ours: 4 }, rows512: { ...theirs, ours: 28 } },
        error: 'gave up',
      },
    },
  });
});
