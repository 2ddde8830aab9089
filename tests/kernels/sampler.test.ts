import { beforeAll, describe, expect, it } from 'vitest';
import { philox4x32 } from '../../src/model/oracle/philox';
import { decide } from '../../src/model/oracle/sampler';
import type { SamplingDecision } from '../../src/model/oracle/sampler';
import { MAX_STOP_TOKENS } from '../../src/model/plan/sampler';
import { maskWords } from '../../src/model/plan/token-mask';
import type { SamplingOptions } from '../../src/model/sampling-options';
import { GREEDY } from '../../src/model/sampling-options';
import { harnessDevice } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { Random, testSeed } from '../support/random';
import { SamplerHarness } from '../support/sampler-harness';
import type { SamplerInput } from '../support/sampler-harness';

/** With a workgroup of 64, segments of tokens grow behind 1024 and, beyond a thread's four at a time, behind 8192. */
const VOCABULARIES = [1, 5, 63, 64, 65, 300, 1024, 1025, 5000, 8193];
/** Where a choice hangs on so little, the GPU's exp and division (a few units in the last place) may tip it. */
const LOGIT_MARGIN = 2e-5;
const MASS_MARGIN = 2e-6;
const EXCUSED_SHARE = 0.05;
const SLOTS = 256;

/** Greedy, but a token chosen once is out: equal logits would go by ids, these go down one by one. */
const EACH_ONCE: SamplingOptions = { ...GREEDY, frequencyPenalty: 10 };

type Trial = SamplerInput & { position: number };

function randomOptions(random: Random, size: number): SamplingOptions {
  return {
    temperature: random.pick([0, 0.1, 0.7, 1, 1.5, random.uniform(0.01, 3)]),
    topK: random.pick([0, 0, 1, 2, 5, 20, 40, 70, 128, 129, size - 1, size, size + 7].filter((count) => count >= 0)),
    topP: random.pick([1, 1, 0.95, 0.5, 0.01, random.uniform()]),
    minP: random.pick([0, 0, 0.05, 1, random.uniform()]),
    repetitionPenalty: random.pick([1, 1, 1.1, 2, 0.5]),
    presencePenalty: random.pick([0, 0, 0.5, -0.5]),
    frequencyPenalty: random.pick([0, 0, 0.3, -0.3]),
    seed: random.uint32(),
    logitBias: random.chance(0.3) ? randomBiases(random, size) : [],
  };
}

/** Some of them decide the choice. */
function randomBiases(random: Random, size: number): [id: number, bias: number][] {
  const ids = new Set(Array.from({ length: random.integer(1, 100) }, () => random.integer(0, size - 1)));
  return Array.from(ids, (id) => [id, random.pick([-100, 100, random.normal(), random.normal()])]);
}

/** Lively, full of ties, very peaked, very flat, all equal. */
function randomLogits(random: Random, size: number): Float32Array {
  const peak = random.integer(0, size - 1);
  const kind = random.pick(['lively', 'lively', 'ties', 'peaked', 'flat', 'equal']);
  return Float32Array.from({ length: size }, (_, id) => {
    const value = random.normal();
    switch (kind) {
      case 'ties':
        return Math.round(value * 2) / 2;
      case 'peaked':
        return value * 3 + (id === peak ? 50 : 0);
      case 'flat':
        return value * 1e-4;
      case 'equal':
        return -1.5;
      default:
        return value * 3;
    }
  });
}

function maskOf(size: number, isAllowed: (id: number) => boolean): Uint32Array<ArrayBuffer> {
  const mask = new Uint32Array(maskWords(size));
  for (let id = 0; id < size; id++) if (isAllowed(id)) mask[Math.floor(id / 32)] |= 1 << (id % 32);
  return mask;
}

/** Bits of many tokens, few, or one; bits behind the vocabulary mean nothing. */
function randomMask(random: Random, size: number): Uint32Array<ArrayBuffer> {
  const share = random.pick([0.9, 0.3, 0.02, 0]);
  const one = random.pick([0, size - 1, random.integer(0, size - 1)]);
  const mask = maskOf(size, (id) => id === one || random.chance(share));
  if (size % 32 > 0) mask[mask.length - 1] |= -1 << (size % 32);
  return mask;
}

function randomTrial(random: Random, size: number): Trial {
  return {
    logits: randomLogits(random, size),
    counts: Uint32Array.from({ length: size }, () => (random.chance(0.3) ? random.integer(1, 4) : 0)),
    options: randomOptions(random, size),
    position: random.pick([random.integer(1, 5000), random.uint32()]),
    mask: random.chance(0.4) ? randomMask(random, size) : undefined,
  };
}

const isTight = ({ logitMargin, massMargin }: SamplingDecision) =>
  logitMargin < LOGIT_MARGIN || massMargin < MASS_MARGIN;

function expectOraclesChoices(trials: readonly Trial[], chosen: readonly number[], where: string): void {
  let excused = 0;
  for (const [index, { logits, counts, options, position, mask }] of trials.entries()) {
    const decision = decide(logits, options, counts, position, mask);
    if (chosen[index] === decision.id) continue;
    const context = `${where}, trial ${index}: ${JSON.stringify({ options, position, decision })}`;
    expect(isTight(decision), `${context} gave ${chosen[index]}`).toBe(true);
    excused++;
  }
  if (excused > 0) console.log(`${excused} of ${trials.length} choices, ${where}, were too close to call`);
  expect(excused / trials.length, `share of choices too close to call`).toBeLessThanOrEqual(EXCUSED_SHARE);
}

describe('sampler', () => {
  const seed = testSeed();
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });

  // One number of slots, as another makes another kernel, and this one is slow to compile.
  const open = (vocabSize: number, workgroup = 64) =>
    SamplerHarness.create(device, { vocabSize, slots: SLOTS, workgroup });

  it.each(VOCABULARIES)(`chooses as the oracle from %i tokens (seed ${seed})`, async (size) => {
    const random = new Random(seed + size);
    for (const workgroup of [300, 5000].includes(size) ? [64, 256] : [64]) {
      const harness = await open(size, workgroup);
      const trials = Array.from({ length: size > 1000 ? 60 : 120 }, () => randomTrial(random, size));
      expectOraclesChoices(trials, await harness.chooseEach(trials), `workgroup ${workgroup}`);
    }
  });

  it.each(VOCABULARIES)(
    `takes the largest of %i logits when greedy, the lowest id of equals (seed ${seed})`,
    async (size) => {
      const random = new Random(seed + size);
      const harness = await open(size);
      const trials = Array.from({ length: 30 }, () => ({
        ...randomTrial(random, size),
        options: GREEDY,
        mask: undefined,
      }));
      const expected = trials.map(({ logits }) =>
        logits.indexOf(logits.reduce((high, logit) => Math.max(high, logit))),
      );
      expect(await harness.chooseEach(trials)).toEqual(expected);
    },
  );

  it(`draws by the words of the oracle's Philox (seed ${seed})`, async () => {
    const size = 300;
    const random = new Random(seed);
    const harness = await open(size);
    const input = { logits: new Float32Array(size), counts: new Uint32Array(size) };
    for (const key of [0, 1, random.uint32(), 2 ** 32 - 1]) {
      const position = random.pick([0, random.integer(0, 1e6), 2 ** 32 - 100]);
      await harness.prepare({ ...input, options: { ...GREEDY, temperature: 1, seed: key } }, { position });
      harness.run(SLOTS);
      const expected = Array.from({ length: SLOTS }, (_, index) => {
        const [word] = philox4x32([(position + 1 + index) % 2 ** 32, 0, 0, 0], [key, 0]);
        return Number((BigInt(size) * BigInt(word)) >> 32n);
      });
      expect((await harness.readStep()).results, `key ${key}, position ${position}`).toEqual(expected);
    }
  });

  it.each([
    { by: 'sweeps', size: 300, topK: 0 },
    { by: 'a shortlist', size: 300, topK: 3 },
  ])('keeps one token more for half a unit of mass that top-p is short of, by $by', async ({ size, topK }) => {
    // Weights of 2^24, 2^24, 1 and zeros: half of them all is 2^24 and a half.
    const logits = new Float32Array(size).fill(-100);
    logits.set([0, 0, Math.log(2 ** -24)]);
    const harness = await open(size);
    const options = { ...GREEDY, temperature: 1, topP: 0.5, topK };
    await harness.prepare({ logits, counts: new Uint32Array(size), options }, {});
    harness.run(SLOTS);
    const [first, second, ...others] = await harness.readCounts();
    expect(first + second).toBe(SLOTS);
    expect(Math.min(first, second)).toBeGreaterThan(SLOTS / 4);
    expect(others.every((count) => count === 0)).toBe(true);
  });

  const near = [1, 127, 128, 129, 255, 256, 257, 700];
  it.each([1, 40, 128, 129])(
    'chooses as the oracle from as many equals as fit on its shortlist or more, by top-k %i',
    async (topK) => {
      const size = 1500;
      const random = new Random(seed + topK);
      const harness = await open(size);
      // Weights of 2^24 and 0, so that no rounding can tip a choice.
      const trials = near.flatMap((count) => {
        const logits = new Float32Array(size).fill(-100);
        const offset = random.integer(0, size - 1);
        // The stride has no divisor in common with the size, so these are as many different ids.
        for (let index = 0; index < count; index++) logits[(offset + index * 7) % size] = 1;
        return [{}, { topP: 0.5 }, { topP: 1e-4 }, { minP: 1 }].map((others): Trial => {
          const options = { ...GREEDY, temperature: 1, topK, ...others, seed: random.uint32() };
          return { logits, counts: new Uint32Array(size), options, position: random.uint32() };
        });
      });
      const expected = trials.map(
        ({ logits, options, counts, position }) => decide(logits, options, counts, position).id,
      );
      expect(await harness.chooseEach(trials)).toEqual(expected);
    },
  );

  it.each([40, 128])(`loses none of the top %i where many are nearly as good (seed ${seed})`, async (topK) => {
    const size = 1500;
    const random = new Random(seed + topK);
    const harness = await open(size);
    const trials = Array.from({ length: 100 }, (): Trial => {
      const step = random.uniform(0.005, 0.03);
      const [offset, stride] = [random.integer(0, size - 1), random.pick([1, 7, 301])];
      const logits = new Float32Array(size);
      for (let rank = 0; rank < size; rank++) logits[(offset + rank * stride) % size] = 5 - rank * step;
      const options = { ...GREEDY, temperature: random.uniform(0.8, 2), topK, seed: random.uint32() };
      return { logits, counts: new Uint32Array(size), options, position: random.uint32() };
    });
    expectOraclesChoices(trials, await harness.chooseEach(trials), 'on a ladder');
  });

  it.each([
    { by: 'greedily', options: GREEDY },
    { by: 'from a shortlist', options: { ...GREEDY, temperature: 1, topK: 40 } },
    { by: 'by sweeps', options: { ...GREEDY, temperature: 1 } },
  ])('chooses $by among the lowest logits there are', async ({ options }) => {
    const size = 300;
    const lowest = -3.4028234663852886e38;
    const harness = await open(size);
    const counts = new Uint32Array(size);
    const all = { logits: new Float32Array(size).fill(lowest), counts, options: { ...options, topK: 1 }, position: 1 };
    const allButOne = { ...all, logits: all.logits.with(299, -3e38), options };
    expect(await harness.chooseEach([all, allButOne])).toEqual([0, 299]);
  });

  it.each([
    { by: 'greedily', options: GREEDY },
    { by: 'from a shortlist', options: { ...GREEDY, temperature: 0.1, topK: 40 } },
    { by: 'by sweeps', options: { ...GREEDY, temperature: 0.1 } },
  ])('chooses $by the one token that is allowed, whatever its logit and the penalties', async ({ options }) => {
    const size = 1500;
    const lowest = -3.4028234663852886e38;
    const harness = await open(size);
    const counts = new Uint32Array(size).fill(3);
    const logits = Float32Array.from({ length: size }, (_, id) => (id % 7) * 10);
    const penalties = [
      {},
      { repetitionPenalty: 10 },
      { repetitionPenalty: 0.5, presencePenalty: -2 },
      { minP: 1, topP: 0.1 },
    ];
    const trials = [0, 31, 32, 777, size - 1].flatMap((id) =>
      [50, -1000, lowest].flatMap((logit) =>
        penalties.map((penalty): Trial => {
          const seen = logit === lowest ? new Uint32Array(size) : counts;
          const mask = maskOf(size, (other) => other === id);
          return {
            logits: logits.with(id, logit),
            counts: seen,
            options: { ...options, ...penalty },
            position: id,
            mask,
          };
        }),
      ),
    );
    const expected = trials.map(({ logits: own }) => own.findIndex((logit, id) => logit !== logits[id]));
    expect(expected).toHaveLength(60);
    expect(await harness.chooseEach(trials)).toEqual(expected);
  });

  it('chooses among all tokens again in the generation after one with a mask', async () => {
    const size = 300;
    const harness = await open(size);
    const logits = new Float32Array(size).with(5, 1);
    const input = { logits, counts: new Uint32Array(size), options: GREEDY, position: 1 };
    const masked = { ...input, mask: maskOf(size, (id) => id === 299) };
    expect(await harness.chooseEach([input, masked, input])).toEqual([5, 299, 5]);
  });

  it(`draws as often as the softmax says (seed ${seed})`, async () => {
    const size = 5;
    const draws = 2048;
    const random = new Random(seed);
    const harness = await open(size);
    const logits = random.floats(size, () => random.normal());
    const options = { ...GREEDY, temperature: 0.8, seed: random.uint32() };
    await harness.prepare({ logits, counts: new Uint32Array(size), options }, {});
    harness.run(draws);
    const exponentials = Array.from(logits, (logit) => Math.exp(logit / options.temperature));
    const total = exponentials.reduce((sum, exponential) => sum + exponential, 0);
    const counts = await harness.readCounts();
    const chiSquare = exponentials.reduce((sum, exponential, id) => {
      const expected = (draws * exponential) / total;
      return sum + (counts[id] - expected) ** 2 / expected;
    }, 0);
    // With 4 degrees of freedom, one run in a million is above 34.
    expect(chiSquare, [...counts].join(' ')).toBeLessThan(34);
  });

  it('sets the next step up and counts what it chose', async () => {
    const harness = await open(5);
    const input = { logits: Float32Array.of(0, 3, 2, 0, 0), counts: Uint32Array.of(0, 7, 0, 0, 0), options: GREEDY };
    const step = { count: 4, slotIn: 1, slotOut: SLOTS - 1, position: 10, emitted: 4, limit: 9 };
    await harness.prepare(input, step);
    harness.run();
    const after = await harness.readStep();
    expect(after).toMatchObject({ count: 1, slotIn: SLOTS - 1, slotOut: 0, position: 14, emitted: 5, limit: 9 });
    expect(after).toMatchObject({ ended: 0, token: 1 });
    expect(after.results[4]).toBe(1);
    expect([...(await harness.readCounts())]).toEqual([0, 8, 0, 0, 0]);
  });

  it('keeps the last results in a ring', async () => {
    const harness = await open(5);
    const logits = Float32Array.of(5, 4, 3, 2, 1);
    await harness.prepare({ logits, counts: new Uint32Array(5), options: EACH_ONCE }, { emitted: SLOTS - 2 });
    harness.run(4);
    const { emitted, results } = await harness.readStep();
    expect(emitted).toBe(SLOTS + 2);
    expect([results[SLOTS - 2], results[SLOTS - 1], results[0], results[1]]).toEqual([0, 1, 2, 3]);
  });

  it('ends at a stop token, which is the last', async () => {
    const harness = await open(5);
    const stopTokenIds = [...Array<number>(MAX_STOP_TOKENS - 1).fill(4), 2];
    const logits = Float32Array.of(5, 4, 3, 2, 1);
    await harness.prepare({ logits, counts: new Uint32Array(5), options: EACH_ONCE, stopTokenIds }, {});
    harness.run(6);
    const { ended, emitted, results, token } = await harness.readStep();
    expect({ ended, emitted, token }).toEqual({ ended: 1, emitted: 3, token: 2 });
    expect(results.slice(0, 3)).toEqual([0, 1, 2]);
    expect([...(await harness.readCounts())]).toEqual([1, 1, 1, 0, 0]);
  });

  it('ends at the limit', async () => {
    const harness = await open(300);
    const options = { ...GREEDY, temperature: 1, topK: 3 };
    await harness.prepare({ logits: new Float32Array(300), counts: new Uint32Array(300), options }, { limit: 2 });
    harness.run(5);
    const { ended, emitted, position } = await harness.readStep();
    expect({ ended, emitted, position }).toEqual({ ended: 1, emitted: 2, position: 2 });
    expect((await harness.readCounts()).reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('does nothing once the generation has ended', async () => {
    const harness = await open(5);
    await harness.prepare({ logits: new Float32Array(5), counts: new Uint32Array(5), options: GREEDY }, { ended: 1 });
    const before = await harness.readStep();
    harness.run();
    expect(await harness.readStep()).toEqual(before);
    expect([...(await harness.readCounts())]).toEqual([0, 0, 0, 0, 0]);
  });
});
