import { describe, expect, it } from 'vitest';
import { bitLinear } from '../../src/model/oracle/bit-linear';
import { gatedLinearUnit } from '../../src/model/oracle/gated-linear-unit';
import { argmax } from '../../src/model/oracle/generate';
import { effectiveLowerBounds } from '../../src/model/oracle/lower-bounds';
import { quantiseRow, roundHalfAwayFromZero, roundingMargin } from '../../src/model/oracle/quantise-row';
import { candidate, forgetGate, gatedOutput, recurrenceStep } from '../../src/model/oracle/recurrence';
import { rmsNorm } from '../../src/model/oracle/rms-norm';
import { ternaryMultiply } from '../../src/model/oracle/ternary-multiply';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import { packTensors } from '../../src/model/tensors';
import { decodeTernary } from '../../src/model/ternary';
import { Random, testSeed } from '../support/random';
import { randomConfig, randomWeights } from '../support/random-model';

// Expected values are worked out by hand from docs/MODEL.md.

describe('rmsNorm', () => {
  it('divides by the root mean square, epsilon inside the root, then multiplies by the gain', () => {
    expect([...rmsNorm(Float32Array.of(3, 4), Float32Array.of(1, 2), 0)]).toEqual([
      expect.closeTo(3 / Math.sqrt(12.5), 12),
      expect.closeTo(8 / Math.sqrt(12.5), 12),
    ]);
    expect([...rmsNorm(Float32Array.of(0, 0), Float32Array.of(1, 1), 1e-6)]).toEqual([0, 0]);
    expect(rmsNorm(Float32Array.of(1), Float32Array.of(1), 3)[0]).toBe(0.5);
  });
});

describe('quantiseRow', () => {
  it('rounds halves away from zero, where Math.round would not', () => {
    expect([-2.5, -0.5, 0.5, 2.5, 0.49999997, -126.5].map(roundHalfAwayFromZero)).toEqual([-3, -1, 1, 3, 0, -127]);
  });

  it('maps the largest magnitude to 127', () => {
    const { q, scale } = quantiseRow(Float32Array.of(0.5, -1, 0.25, 0));
    expect([...q]).toEqual([64, -127, 32, 0]);
    expect(scale).toBe(127);
  });

  it('keeps the scale of a row of zeros finite', () => {
    const { q, scale } = quantiseRow(new Float32Array(3));
    expect([...q]).toEqual([0, 0, 0]);
    expect(scale).toBeCloseTo(12_700_000, 3);
  });

  it('tells how far a value lies from where its rounding changes', () => {
    expect([0.5, -1.5, 0, -7, 3.25].map(roundingMargin)).toEqual([0, 0, 0.5, 0.5, 0.25]);
  });
});

describe('ternaryMultiply', () => {
  it('adds and subtracts', () => {
    const matrix = { rows: 2, columns: 3, codes: Int8Array.of(1, 0, -1, -1, -1, -1), magnitude: 1 };
    expect([...ternaryMultiply(Int8Array.of(127, 5, -127), matrix)]).toEqual([254, -5]);
  });

  it('refuses a row that does not fit', () => {
    const matrix = { rows: 1, columns: 3, codes: new Int8Array(3), magnitude: 1 };
    expect(() => ternaryMultiply(new Int8Array(2), matrix)).toThrow(RangeError);
  });
});

describe('bitLinear', () => {
  it('brings the sums back to the scale of norm and weights', () => {
    const matrix = { rows: 2, columns: 2, codes: Int8Array.of(1, 1, 1, -1), magnitude: 0.5 };
    const { q, output } = bitLinear(Float32Array.of(3, 3), Float32Array.of(1, 1), matrix);
    expect([...q]).toEqual([127, 127]);
    expect([...output]).toEqual([expect.closeTo(1, 6), 0]);
  });
});

describe('recurrence', () => {
  it('lifts the forget gate above its lower bound', () => {
    expect([...forgetGate(Float32Array.of(0, 0, -1000), Float32Array.of(0, 0.5, 0.25))]).toEqual([0.5, 0.75, 0.25]);
  });

  it('lets in what the forget gate leaves', () => {
    const [input] = candidate(Float32Array.of(2), Float32Array.of(0.75));
    expect(input).toBeCloseTo(0.25 * (2 / (1 + Math.exp(-2))), 12);
  });

  it('decays the state and adds the candidate', () => {
    expect([...recurrenceStep(Float32Array.of(4, -8), Float32Array.of(0.5, 0.25), Float32Array.of(1, 0))]).toEqual([
      3, -2,
    ]);
  });

  it('puts the state, not the gate, through silu', () => {
    expect(gatedOutput(Float32Array.of(3), Float32Array.of(-1))[0]).toBeCloseTo(-3 / (1 + Math.E), 12);
  });
});

describe('gatedLinearUnit', () => {
  it('takes the gate from the first half and the up values from the second', () => {
    const [first, second] = gatedLinearUnit(Float32Array.of(1, 0, 10, 20));
    expect(first).toBeCloseTo(10 / (1 + Math.exp(-1)), 12);
    expect(second).toBe(0);
  });
});

describe('effectiveLowerBounds', () => {
  it('adds up the softmax over the layers, less that of the first', () => {
    const [bounds0, bounds1, bounds2] = [0, 1, 2].map((layer) => {
      return effectiveLowerBounds(Float32Array.of(0, 0, 0, Math.log(2), 0, 0), 3, 2).subarray(layer * 2, layer * 2 + 2);
    });
    expect([...bounds0]).toEqual([0, 0]);
    expect([...bounds1]).toEqual([expect.closeTo(1 / 3, 6), expect.closeTo(1 / 2, 6)]);
    expect([...bounds2]).toEqual([expect.closeTo(2 / 3, 6), expect.closeTo(3 / 4, 6)]);
  });

  it('stands large parameters', () => {
    expect([...effectiveLowerBounds(Float32Array.of(-1e30, 1e30), 2, 1)]).toEqual([0, 1]);
  });
});

describe('argmax', () => {
  it('takes the first of equals', () => {
    expect(argmax(Float32Array.of(-1, 5, 5, 0))).toBe(1);
  });
});

describe('weightsToPackTensors', () => {
  const seed = testSeed();

  it(`gives exactly the pack's tensors, and codes that decode to the weights (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 20; round++) {
      const config = randomConfig(random);
      const weights = randomWeights(config, random);
      const made = new Map([...weightsToPackTensors(config, weights)].map(({ name, bytes }) => [name, bytes]));
      const wanted = packTensors(config, 'F32').map(({ name, byteLength }) => [name, byteLength]);
      expect(Object.fromEntries([...made].map(([name, bytes]) => [name, bytes.length]))).toEqual(
        Object.fromEntries(wanted),
      );
      const codes = made.get('lm_head.weight.codes') ?? new Uint8Array();
      expect(decodeTernary(codes, weights.head.codes.length)).toEqual(weights.head.codes);
    }
  });
});
