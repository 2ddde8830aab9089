import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config';
import { candidate, forgetGate, recurrenceStep } from '../../src/model/oracle/recurrence';
import { rowOf } from '../../src/model/oracle/row';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import type { ModelWeights } from '../../src/model/oracle/weights';
import { harnessDevice, KernelHarness } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { Random, testSeed } from '../support/random';
import { randomWeights } from '../support/random-model';
import { tinyConfig } from '../support/tiny-config';
import { largestDifference } from '../support/tolerance';

const TOKENS = [1, 7, 16, 17, 64, 65];
const SLOTS = 3;
/** Relative to the largest state or input so far: errors stay in the state and fade with it. */
const TOLERANCE = 5e-6;

/** Pre-activations of consecutive tokens, [T, D] each. */
interface PreActivations {
  inputs: Float32Array[];
  forgets: Float32Array[];
}

function randomPreActivations(count: number, channels: number, random: Random): PreActivations {
  // Some far out, where the exponential overflows if it is not held back.
  const value = () => random.normal() * random.pick([1, 1, 4, 200]);
  const rows = () => Array.from({ length: count }, () => random.floats(channels, value));
  return { inputs: rows(), forgets: rows() };
}

function scanConfig(random: Random): ModelConfig {
  const width = random.pick([1, 3, random.integer(1, 70), random.integer(63, 66), random.integer(71, 150)]);
  return tinyConfig({ hiddenSize: width, stateSize: width, layerCount: 3, useLowerBound: random.chance(0.7) });
}

/** @param workgroup a longer one scans more tokens at a time. */
async function loadedHarness(device: HarnessDevice, config: ModelConfig, weights: ModelWeights, workgroup = 64) {
  const capacity = { slots: SLOTS, sliceTokens: TOKENS[TOKENS.length - 1] };
  const harness = KernelHarness.create(device, config, { capacity, tuning: { workgroup } });
  await harness.uploadTensors(weightsToPackTensors(config, weights));
  return harness;
}

/** Scans some tokens in one dispatch; gives the states after each token [T, D] and all slots of the ring. */
async function scan(
  harness: KernelHarness,
  layer: number,
  { inputs, forgets }: PreActivations,
  slots: { slotIn: number; slotOut: number },
): Promise<{ rows: Float32Array[]; ring: Float32Array }> {
  const { mix } = harness.strides;
  const channels = harness.config.stateSize;
  for (const [token, row] of inputs.entries()) {
    harness.write('hidden', row, token * 3 * mix * 4);
    harness.write('hidden', forgets[token], (token * 3 + 1) * mix * 4);
  }
  harness.writeStep({ count: inputs.length, ...slots });
  await harness.run(harness.kernels.scan(), harness.weights.layers[layer], [harness.kernels.scanGroups(), 1]);
  const hidden = await harness.readFloats('hidden');
  const rows = inputs.map((_, token) => hidden.slice(token * 3 * mix, token * 3 * mix + channels));
  return { rows, ring: await harness.readFloats('state') };
}

describe('scan', () => {
  const seed = testSeed();
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });

  it.each(TOKENS)(`over %i tokens follows the oracle and touches no other state (seed ${seed})`, async (count) => {
    const random = new Random(seed + count);
    for (let round = 0; round < 5; round++) {
      const config = scanConfig(random);
      const { stateSize: channels, layerCount } = config;
      const weights = randomWeights(config, random);
      const harness = await loadedHarness(device, config, weights, random.pick([64, 256]));
      const layer = random.integer(0, layerCount - 1);
      const tokens = randomPreActivations(count, channels, random);
      const before = random.floats(SLOTS * layerCount * channels, () => random.normal());
      const slots = { slotIn: random.integer(0, SLOTS - 1), slotOut: random.integer(0, SLOTS - 1) };
      harness.write('state', before);
      const { rows, ring } = await scan(harness, layer, tokens, slots);

      const context = `round ${round}, layer ${layer}, ${JSON.stringify({ ...slots, channels })}`;
      let state = rowOf(before, slots.slotIn * layerCount + layer, channels);
      let scale = 1;
      for (const [token, row] of rows.entries()) {
        const forget = forgetGate(tokens.forgets[token], weights.layers[layer].lowerBound);
        state = recurrenceStep(state, forget, candidate(tokens.inputs[token], forget));
        scale = Math.max(scale, ...state.map(Math.abs), ...tokens.inputs[token].map(Math.abs));
        expect(largestDifference(row, state) / scale, `${context}, token ${token}`).toBeLessThan(TOLERANCE);
      }
      const expected = before.slice();
      expected.set(rows[count - 1], (slots.slotOut * layerCount + layer) * channels);
      expect(largestDifference(ring, expected), context).toBe(0);
    }
  });

  it.each(TOKENS)(`over %i tokens gives the bits of as many scans over one (seed ${seed})`, async (count) => {
    const random = new Random(seed + count);
    const config = scanConfig(random);
    const { stateSize: channels, layerCount } = config;
    const weights = randomWeights(config, random);
    const harness = await loadedHarness(device, config, weights);
    const { inputs, forgets } = randomPreActivations(count, channels, random);
    const before = random.floats(layerCount * channels, () => random.normal());
    harness.write('state', before);
    const whole = await scan(harness, 1, { inputs, forgets }, { slotIn: 0, slotOut: 1 });
    for (let token = 0; token < count; token++) {
      const one = { inputs: [inputs[token]], forgets: [forgets[token]] };
      const slotIn = token === 0 ? 0 : 2;
      const { rows, ring } = await scan(harness, 1, one, { slotIn, slotOut: 2 });
      expect(rows[0], `token ${token}`).toEqual(whole.rows[token]);
      if (token === count - 1) {
        expect(rowOf(ring, 2 * layerCount + 1, channels)).toEqual(rowOf(whole.ring, layerCount + 1, channels));
      }
    }
  });

  it('changes nothing once the generation has ended', async () => {
    const random = new Random(1);
    const config = scanConfig(random);
    const harness = await loadedHarness(device, config, randomWeights(config, random), random.pick([64, 256]));
    harness.fill('state', 7);
    harness.fill('hidden', 7);
    harness.writeStep({ ended: 1, slotOut: 1 });
    await harness.run(harness.kernels.scan(), harness.weights.layers[0], [3, 1]);
    for (const buffer of ['state', 'hidden'] as const) {
      expect((await harness.readWords(buffer)).every((word) => word === 7)).toBe(true);
    }
  });
});

describe('recurrence of one token', () => {
  const seed = testSeed();

  it(`gives the bits of projection and scan (seed ${seed})`, async () => {
    const random = new Random(seed);
    const device = await harnessDevice();
    for (let round = 0; round < 3; round++) {
      const config = scanConfig(random);
      const { stateSize: channels, layerCount } = config;
      const harness = await loadedHarness(device, config, randomWeights(config, random));
      const { kernels } = harness;
      const groups = kernels.rowGroups('mix');
      const count = 9;
      const layer = random.integer(0, layerCount - 1);
      const weights = harness.weights.layers[layer];
      const { x, mix } = harness.strides;
      const rows = Array.from({ length: count }, () => random.floats(channels, () => random.normal()));
      const thirds = (hidden: Float32Array, token: number) =>
        [0, 2].map((third) => hidden.slice((token * 3 + third) * mix, (token * 3 + third) * mix + channels));

      harness.write(
        'state',
        random.floats(layerCount * channels, () => random.normal()),
      );
      for (const [token, row] of rows.entries()) harness.write('x', row, token * x * 4);
      harness.writeStep({ count, slotIn: 0, slotOut: 1 });
      await harness.run(kernels.quantise('mix', 'block'), weights, [count, 1]);
      await harness.run(kernels.stored('mix', 'block', 'projection'), weights, [groups, 2]);
      await harness.run(kernels.scan(), weights, [kernels.scanGroups(), 1]);
      const expected = await harness.readFloats('hidden');

      for (const plan of ['split', 'fused'] as const) {
        for (const [token, row] of rows.entries()) {
          harness.write('x', row);
          harness.writeStep({ count: 1, slotIn: token === 0 ? 0 : 2, slotOut: 2 });
          if (plan === 'split') {
            await harness.run(kernels.quantise('mix', 'one'), weights, [1, 1]);
            await harness.run(kernels.stored('mix', 'one'), weights, [groups, 1]);
          } else await harness.run(kernels.fused('mix'), weights, [groups, 1]);
          const context = `round ${round}, ${plan}, token ${token}`;
          expect(thirds(await harness.readFloats('hidden'), 0), context).toEqual(thirds(expected, token));
        }
        const ring = await harness.readFloats('state');
        const slot = (index: number) => rowOf(ring, index * layerCount + layer, channels);
        expect(slot(2), `round ${round}, ${plan}`).toEqual(slot(1));
      }
    }
  });
});
