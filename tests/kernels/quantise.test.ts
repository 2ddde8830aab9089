import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import type { ModelWeights } from '../../src/model/oracle/weights';
import type { ProjectionName } from '../../src/model/plan/projections';
import { harnessDevice, KernelHarness } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { readQuantised } from '../support/quantised-rows';
import { oracleQuantised, projectionWeights, quantisedColumns, writeQuantiserInputs } from '../support/quantiser-input';
import type { QuantiserInput } from '../support/quantiser-input';
import { Random, testSeed } from '../support/random';
import { randomWeights } from '../support/random-model';
import { roundedTies, TIE_COLUMNS, TIE_MEAN_SQUARE, tieRow } from '../support/tie-row';
import { tinyConfig } from '../support/tiny-config';
import { compareQuantised } from '../support/tolerance';

const PROJECTIONS = ['mix', 'output', 'gateUp', 'down', 'head'] as const;
/** Of `1 / a`, relative: a sum of squares, two roots and a few products in float32. */
const SCALE_TOLERANCE = 2e-6;
const UNTOUCHED = 0x7fedcba9;

/** A model whose row for `name` is of any width, beyond what a workgroup takes in one turn too; all else is small. */
function raggedConfig(name: ProjectionName, random: Random): ModelConfig {
  const sizes = {
    hiddenSize: random.integer(1, 8),
    stateSize: random.integer(1, 8),
    intermediateSize: random.integer(1, 8),
  };
  const width = random.pick([random.integer(1, 70), random.integer(71, 300), random.integer(2049, 2100)]);
  const widened = {
    mix: 'hiddenSize',
    output: 'stateSize',
    gateUp: 'hiddenSize',
    down: 'intermediateSize',
    head: 'hiddenSize',
  } as const;
  return tinyConfig({
    vocabSize: 3,
    rmsNormEpsilon: random.pick([1e-6, 1e-5, 1e-3]),
    ...sizes,
    [widened[name]]: width,
  });
}

/** Rows of many kinds: lively, all zero, far larger and far smaller than any epsilon, with one element above all. */
function randomRow(length: number, random: Random): Float32Array {
  const scale = random.pick([1, 1, 0, 1e15, 1e3, 1e-3, 1e-5, 1e-15, 1e-30]);
  const outlier = random.pick([1, 1, 1000]);
  const peak = random.integer(0, length - 1);
  return Float32Array.from({ length }, (_, index) => random.normal() * scale * (index === peak ? outlier : 1));
}

async function loadedHarness(device: HarnessDevice, config: ModelConfig, weights: ModelWeights, workgroup: number) {
  const harness = KernelHarness.create(device, config, { tuning: { workgroup } });
  await harness.uploadTensors(weightsToPackTensors(config, weights));
  return harness;
}

describe('quantise', () => {
  const seed = testSeed();
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });

  it.each(PROJECTIONS)(`gives the oracle's rows, scales and sums for %s (seed ${seed})`, async (name) => {
    const random = new Random(seed);
    for (let round = 0; round < 4; round++) {
      const config = raggedConfig(name, random);
      const weights = randomWeights(config, random);
      const harness = await loadedHarness(device, config, weights, random.pick([64, 128, 256]));
      const columns = quantisedColumns(config, name);
      const count = random.integer(2, 20);
      const inputs = Array.from({ length: count }, (): QuantiserInput => {
        return { row: randomRow(columns, random), state: random.floats(columns, () => random.normal() * 3) };
      });
      writeQuantiserInputs(harness, name, inputs);
      for (const tokens of ['block', 'one', 'last'] as const) {
        const wanted = { block: inputs, one: inputs.slice(0, 1), last: inputs.slice(-1) }[tokens];
        harness.writeStep({ count: tokens === 'one' ? 1 : count });
        await harness.run(harness.kernels.quantise(name, tokens), projectionWeights(harness, name), [wanted.length, 1]);
        const expected = wanted.flatMap((input) => oracleQuantised(config, weights, name, input));
        const actual = await readQuantised(harness, columns, expected.length);
        for (const [index, row] of actual.entries()) {
          const context = `round ${round}, ${tokens}, row ${index} of ${JSON.stringify(config)}`;
          expect(compareQuantised(row.q, expected[index]).faults, context).toEqual([]);
          expect(Math.abs(row.inverse * expected[index].scale - 1), context).toBeLessThan(SCALE_TOLERANCE);
          const sum = row.q.reduce((total, value) => total + value, 0);
          expect(row.sum, context).toBe(sum);
          expect(
            row.padding.every((value) => value === 0),
            context,
          ).toBe(true);
        }
      }
    }
  });

  it.each(PROJECTIONS)(`rounds exact halves away from zero for %s (seed ${seed})`, async (name) => {
    const random = new Random(seed);
    const config = tinyConfig({
      vocabSize: 3,
      hiddenSize: TIE_COLUMNS,
      stateSize: TIE_COLUMNS,
      intermediateSize: TIE_COLUMNS,
    });
    const weights = randomWeights(config, random);
    // Powers of two leave every step exact, and an outer gain this large leaves no trace of the inner epsilon.
    const [layer] = weights.layers;
    const root = Math.sqrt(TIE_MEAN_SQUARE);
    for (const gain of [layer.attnNorm, layer.mlpNorm, weights.finalNorm]) gain.fill(root);
    for (const gain of [layer.iNorm, layer.oNorm, layer.gateNorm, layer.downNorm, weights.headNorm]) gain.fill(1);
    layer.fNorm.fill(2);
    layer.gNorm.fill(0.25);
    layer.outputNorm.fill(1);
    const state = new Float32Array(TIE_COLUMNS).fill(root); // silu leaves it as it is
    const harness = await loadedHarness(device, config, weights, 64);
    const inputs = Array.from({ length: 20 }, () => ({ row: tieRow(random), state }));
    writeQuantiserInputs(harness, name, inputs);
    harness.writeStep({ count: inputs.length });
    await harness.run(harness.kernels.quantise(name, 'block'), projectionWeights(harness, name), [inputs.length, 1]);
    const gains = name === 'mix' ? [1, 2, 0.25] : [1];
    const rows = await readQuantised(harness, TIE_COLUMNS, inputs.length * gains.length);
    for (const [index, { q, inverse }] of rows.entries()) {
      expect(inverse, 'the row is quantised by a power of two').toBe(gains[index % gains.length] / root);
      expect([...q]).toEqual(roundedTies(inputs[Math.floor(index / gains.length)].row));
    }
  });

  it('writes nothing once the generation has ended', async () => {
    const config = tinyConfig();
    const harness = await loadedHarness(device, config, randomWeights(config, new Random(1)), 64);
    harness.fill('quantised', UNTOUCHED);
    harness.writeStep({ ended: 1 });
    for (const name of PROJECTIONS) {
      await harness.run(harness.kernels.quantise(name, 'one'), projectionWeights(harness, name), [1, 1]);
    }
    expect((await harness.readWords('quantised')).every((word) => word === UNTOUCHED)).toBe(true);
  });
});
