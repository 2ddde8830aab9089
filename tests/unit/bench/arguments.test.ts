import { describe, expect, it } from 'vitest';
import { parseArguments, UsageError } from '../../../bench/node/arguments';

describe('the command line of the benchmark', () => {
  it('measures everything of the published shapes and the bundled model by default, but no peers', () => {
    expect(parseArguments([])).toMatchObject({
      models: ['370M', '1.3B', '2.7B', 'bundled'],
      sections: ['memory', 'decode', 'prefill', 'floor', 'kernels', 'abort', 'sessions', 'calibration', 'load'],
      effort: 'full',
      gpu: 'auto',
      serve: false,
    });
  });

  it('takes names in any order and keeps its own', () => {
    const given = parseArguments(['--models', 'tiny,370M', '--sections', 'peers,decode', '--quick']);
    expect(given).toMatchObject({
      models: ['370M', 'tiny'],
      sections: ['decode', 'onnx', 'wllama', 'pytorch'],
      effort: 'quick',
    });
  });

  it('names what it does not know', () => {
    expect(() => parseArguments(['--models', '7B'])).toThrow(/--models knows .*, not 7B/);
    expect(() => parseArguments(['--sections', 'sped'])).toThrow(UsageError);
    expect(() => parseArguments(['--gpu', 'maybe'])).toThrow(UsageError);
    expect(() => parseArguments(['--options', '[1]'])).toThrow(/no JSON object/);
    expect(() => parseArguments(['--fast'])).toThrow(UsageError);
  });

  it('shows help where that is asked for', () => {
    expect(parseArguments(['--help'])).toBeUndefined();
  });
});
