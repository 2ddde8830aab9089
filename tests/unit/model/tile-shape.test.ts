import { describe, expect, it } from 'vitest';
import type { Projection } from '../../../src/model/plan/projections';
import { tileGroups, tileShape } from '../../../src/model/plan/tile-shape';

const SHAPE = { tileTokens: 64, tileRows: 64, tileWords: 8, threadTokens: 8 };

function projection(fields: Pick<Projection, 'rows' | 'matrices' | 'inputs'>): Projection {
  return { name: 'any', row: 'block', finish: 'residual', groups: 1, words: 4, sums: 2, constants: {}, ...fields };
}

describe('tiles', () => {
  it('cover all rows and tokens', () => {
    expect(tileGroups(SHAPE, projection({ rows: 129, matrices: 1, inputs: 1 }), 65)).toEqual([3, 2, 1]);
  });

  it('have 32 channels of two matrices of the same activations, and 64 of one of three that have their own', () => {
    expect(tileGroups(SHAPE, projection({ rows: 64, matrices: 2, inputs: 1 }), 64)).toEqual([2, 1, 1]);
    expect(tileGroups(SHAPE, projection({ rows: 64, matrices: 3, inputs: 3 }), 64)).toEqual([1, 1, 3]);
  });

  it('are halved where there would be too few of them, if a thread can take half the tokens', () => {
    const tuning = { ...SHAPE, tilesWanted: 256 };
    const output = projection({ rows: 2048, matrices: 1, inputs: 1 });
    // 32 x 4 tiles.
    expect(tileShape(tuning, output, 256)).toEqual({ ...SHAPE, tileTokens: 32, threadTokens: 4 });
    expect(tileShape(tuning, output, 512)).toEqual(SHAPE);
    // An invocation loads one vector at a time, which cannot be halved.
    const narrow = { ...SHAPE, tileTokens: 32, tileRows: 128, tileWords: 4 };
    expect(tileShape({ ...tuning, ...narrow }, output, 64)).toEqual(narrow);
    expect(tileShape({ ...tuning, threadTokens: 4 }, output, 256)).toEqual({ ...SHAPE, threadTokens: 4 });
  });
});
