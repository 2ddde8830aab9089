import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config';
import { dequantise } from '../../src/model/oracle/bit-linear';
import { gatedLinearUnit } from '../../src/model/oracle/gated-linear-unit';
import { candidate, forgetGate, recurrenceStep } from '../../src/model/oracle/recurrence';
import { addRows, rowOf } from '../../src/model/oracle/row';
import type { Row } from '../../src/model/oracle/row';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import { ternaryMultiply } from '../../src/model/oracle/ternary-multiply';
import type { LayerWeights, ModelWeights, TernaryMatrix } from '../../src/model/oracle/weights';
import type { ProjectionName } from '../../src/model/plan/projections';
import { harnessDevice, KernelHarness } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { activations, writeQuantised } from '../support/quantised-rows';
import type { QuantisedActivations } from '../support/quantised-rows';
import { projectionWeights, quantisedColumns } from '../support/quantiser-input';
import { Random, testSeed } from '../support/random';
import { randomWeights } from '../support/random-model';
import { TILE_SHAPES } from '../support/tile-shapes';
import { tinyConfig } from '../support/tiny-config';
import { largestDifference } from '../support/tolerance';

const ROUNDS = 3;
/** Of results about 1 in size: a few roundings in float32. */
const TOLERANCE = 1e-6;
const UNTOUCHED = 0x7fedcba9;
const TOKENS = ['one', 'block', 'tile'] as const;

function raggedConfig(random: Random): ModelConfig {
  const width = random.integer(1, 80);
  return tinyConfig({
    vocabSize: random.integer(1, 150),
    hiddenSize: width,
    stateSize: width,
    layerCount: 2,
    intermediateSize: random.integer(1, 80),
    useLowerBound: true,
  });
}

/** What a projection's sums stand for, by the oracle. */
function project({ q, inverse }: QuantisedActivations, matrix: TernaryMatrix): Row {
  return dequantise(ternaryMultiply(q, matrix), matrix.magnitude, 1 / inverse);
}

/** Largest difference relative to the largest expected value, or to 1 where all are smaller. */
function relative(actual: ArrayLike<number>, expected: Row | Float32Array): number {
  return largestDifference(actual, expected) / Math.max(1, ...expected.map(Math.abs));
}

/** One loaded model, and random activations for one of its projections. */
interface Trial {
  context: string;
  random: Random;
  config: ModelConfig;
  weights: ModelWeights;
  /** Layer 0, which is the one whose projections run. */
  layer: LayerWeights;
  harness: KernelHarness;
  count: number;
  /** By token, then by input. */
  rows: QuantisedActivations[][];
  /** Runs the projection that the trial is for. */
  run: () => Promise<void>;
}

describe('epilogues', () => {
  const seed = testSeed();
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });

  async function* trials(name: ProjectionName, inputs = 1): AsyncGenerator<Trial> {
    const random = new Random(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const config = raggedConfig(random);
      const weights = randomWeights(config, random);
      const harness = KernelHarness.create(device, config, { tuning: { ...random.pick(TILE_SHAPES), tilesWanted: 0 } });
      await harness.uploadTensors(weightsToPackTensors(config, weights));
      const columns = quantisedColumns(config, name);
      for (const tokens of TOKENS) {
        const count = tokens === 'one' ? 1 : random.integer(2, 20);
        const row = () => Int8Array.from({ length: columns }, () => random.integer(-127, 127));
        const rows = Array.from({ length: count }, () =>
          Array.from({ length: inputs }, () => activations(row(), Math.fround(random.uniform(0.001, 0.03)))),
        );
        writeQuantised(harness, rows.flat());
        harness.writeStep({ count, slotIn: 2, slotOut: 1 });
        const run = () => {
          const { kernels } = harness;
          if (tokens === 'tile') {
            return harness.run(kernels.tile(name), projectionWeights(harness, name), kernels.tileGroups(name, count));
          }
          const finish = name === 'mix' && tokens === 'block' ? 'projection' : undefined;
          const blocks = tokens === 'one' ? 1 : Math.ceil(count / harness.tuning.tokensPerBlock);
          const groups = kernels.rowGroups(name);
          const pipeline = kernels.stored(name, tokens, finish);
          return harness.run(pipeline, projectionWeights(harness, name), [groups, blocks]);
        };
        const context = `round ${round}, ${tokens}, ${count} tokens of ${JSON.stringify(config)}`;
        yield { context, random, config, weights, layer: weights.layers[0], harness, count, rows, run };
      }
    }
  }

  it(`logits are scaled sums, to the last bit (seed ${seed})`, async () => {
    for await (const { context, weights, harness, rows, run } of trials('head')) {
      harness.fill('logits', UNTOUCHED);
      await run();
      const expected = rows.flatMap(([{ q, inverse }]) => {
        const scale = Math.fround(inverse * weights.head.magnitude);
        return Array.from(ternaryMultiply(q, weights.head), (sum) => Math.fround(sum * scale));
      });
      const logits = await harness.readFloats('logits');
      expect([...logits.subarray(0, expected.length)], context).toEqual(expected);
      const rest = new Uint32Array(logits.buffer).subarray(expected.length);
      expect(
        rest.every((word) => word === UNTOUCHED),
        context,
      ).toBe(true);
    }
  });

  it.each(['output', 'down'] as const)(`residual adds %s to the stream (seed ${seed})`, async (name) => {
    for await (const { context, random, config, layer, harness, count, rows, run } of trials(name)) {
      const before = random.floats(harness.bytesOf('x') / 4, () => random.normal());
      harness.write('x', before);
      await run();
      const after = await harness.readFloats('x');
      const stride = harness.strides.x;
      for (const [token, [row]] of rows.entries()) {
        const x = before.subarray(token * stride, token * stride + config.hiddenSize);
        const expected = addRows(x, project(row, name === 'output' ? layer.oProj : layer.downProj));
        const actual = after.subarray(token * stride, token * stride + config.hiddenSize);
        expect(relative(actual, expected), `${context}, token ${token}`).toBeLessThan(TOLERANCE);
      }
      expect(after.subarray(count * stride), context).toEqual(before.subarray(count * stride));
    }
  });

  it(`glu multiplies silu(gate) with up (seed ${seed})`, async () => {
    for await (const { context, config, layer, harness, count, rows, run } of trials('gateUp')) {
      harness.fill('hidden', UNTOUCHED);
      await run();
      const hidden = await harness.readFloats('hidden');
      const stride = harness.strides.glu;
      const start = harness.gluOffset / 4;
      for (const [token, [row]] of rows.entries()) {
        const actual = hidden.subarray(start + token * stride).subarray(0, config.intermediateSize);
        const expected = gatedLinearUnit(project(row, layer.gateProj));
        expect(relative(actual, expected), `${context}, token ${token}`).toBeLessThan(TOLERANCE);
      }
      const words = new Uint32Array(hidden.buffer);
      const outside = [...words.subarray(0, start), ...words.subarray(start + count * stride)];
      expect(
        outside.every((word) => word === UNTOUCHED),
        context,
      ).toBe(true);
    }
  });

  it(`projection keeps i, f and g apart; recurrence goes on to the state (seed ${seed})`, async () => {
    for await (const { context, random, config, layer, harness, count, rows, run } of trials('mix', 3)) {
      const { stateSize: channels, layerCount } = config;
      const before = random.floats(harness.bytesOf('state') / 4, () => random.normal());
      harness.write('state', before);
      await run();
      const hidden = await harness.readFloats('hidden');
      const ring = await harness.readFloats('state');
      const stride = harness.strides.mix;
      const third = (token: number, index: number) =>
        hidden.subarray((token * 3 + index) * stride).subarray(0, channels);
      for (const [token, [i, f, g]] of rows.entries()) {
        const place = `${context}, token ${token}`;
        const [input, forget, gate] = [project(i, layer.iProj), project(f, layer.fProj), project(g, layer.gProj)];
        expect(relative(third(token, 2), gate), place).toBeLessThan(TOLERANCE);
        if (count > 1) {
          expect(relative(third(token, 0), input), place).toBeLessThan(TOLERANCE);
          expect(relative(third(token, 1), forget), place).toBeLessThan(TOLERANCE);
          continue;
        }
        const keep = forgetGate(forget, layer.lowerBound);
        const state = recurrenceStep(rowOf(before, 2 * layerCount, channels), keep, candidate(input, keep));
        expect(relative(third(0, 0), state), place).toBeLessThan(TOLERANCE);
      }
      const expected = before.slice();
      if (count === 1) expected.set(third(0, 0), layerCount * channels); // layer 0 of slot 1
      expect(ring, context).toEqual(expected);
    }
  });

  it('write nothing once the generation has ended', async () => {
    for (const name of ['mix', 'output', 'gateUp', 'down'] as const) {
      for await (const { harness, count, run } of trials(name, name === 'mix' ? 3 : 1)) {
        for (const buffer of ['x', 'hidden', 'state'] as const) harness.fill(buffer, UNTOUCHED);
        harness.writeStep({ count, slotOut: 1, ended: 1 });
        await run();
        for (const buffer of ['x', 'hidden', 'state'] as const) {
          expect(
            (await harness.readWords(buffer)).every((word) => word === UNTOUCHED),
            `${name}, ${buffer}`,
          ).toBe(true);
        }
        break;
      }
    }
  });
});
