import { describe, expect, it } from 'vitest';
import { penalise } from '../../src/model/oracle/penalties';
import { philox4x32 } from '../../src/model/oracle/philox';
import { decide, sample } from '../../src/model/oracle/sampler';
import type { SamplingOptions } from '../../src/model/sampling-options';
import { Random, testSeed } from '../support/random';

const PLAIN: SamplingOptions = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 1,
};
const NO_PENALTIES = { repetitionPenalty: 1, presencePenalty: 0, frequencyPenalty: 0 };

/** Whether the token at `id` survives, and where its share of the draw lies: each asked of the definition, token by token. */
function bruteForce(logits: Float32Array, options: SamplingOptions, counts: Uint32Array, position: number): number {
  const ids = [...logits.keys()];
  const value = ids.map((id) => {
    const seen = counts[id];
    const raw = logits[id];
    const factor = Math.fround(options.repetitionPenalty);
    const repeated = seen === 0 ? raw : Math.fround(raw > 0 ? raw / factor : raw * factor);
    const often = Math.fround(Math.fround(options.frequencyPenalty) * seen);
    const taken = seen === 0 ? 0 : Math.fround(Math.fround(options.presencePenalty) + often);
    return Math.fround(repeated - taken);
  });
  const precedes = (left: number, right: number) => {
    const [l, r] = [value[left], value[right]];
    return l > r || (l === r && left < right);
  };
  const before = (id: number, among: readonly number[]) => among.filter((other) => precedes(other, id));
  const best = ids.find((id) => before(id, ids).length === 0) ?? -1;
  if (options.temperature === 0) return best;
  const weight = value.map((logit) =>
    BigInt(
      Math.round(Math.exp(Math.fround(Math.fround(logit - value[best]) / Math.fround(options.temperature))) * 2 ** 24),
    ),
  );
  const mass = (some: readonly number[]) => some.reduce((sum, id) => sum + weight[id], 0n);
  const afterTopK = ids.filter((id) => options.topK === 0 || before(id, ids).length < options.topK);
  const parts = BigInt(Math.round(options.topP * 2 ** 16));
  const total = mass(afterTopK);
  const afterTopP = afterTopK.filter(
    (id) => id === best || parts >= 2 ** 16 || mass(before(id, afterTopK)) * 2n ** 16n < parts * total,
  );
  const survivors = afterTopP.filter((id) => Number(weight[id]) >= options.minP * 2 ** 24);
  const [random] = philox4x32([position, 0, 0, 0], [options.seed, 0]);
  const target = (mass(survivors) * BigInt(random)) / 2n ** 32n;
  const picked = survivors.filter((id) => {
    const start = mass(survivors.filter((other) => other < id));
    return start <= target && target < start + weight[id];
  });
  expect(picked).toHaveLength(1);
  return picked[0];
}

function randomOptions(random: Random): SamplingOptions {
  return {
    temperature: random.pick([0, 0.1, 0.7, 1, 1.5, random.uniform(0.01, 3)]),
    topK: random.pick([0, 0, 1, 2, 5, 40, 1000]),
    topP: random.pick([1, 1, 0.95, 0.5, 0.01, random.uniform()]),
    minP: random.pick([0, 0, 0.05, 1, random.uniform()]),
    repetitionPenalty: random.pick([1, 1, 1.1, 2, 0.5]),
    presencePenalty: random.pick([0, 0, 0.5, -0.5]),
    frequencyPenalty: random.pick([0, 0, 0.3, -0.3]),
    seed: random.uint32(),
  };
}

/** Logits on a coarse grid now and then, so that ties are common. */
function randomLogits(random: Random, size: number): Float32Array {
  const grid = random.chance(0.5);
  return random.floats(size, () => (grid ? Math.round(random.normal() * 2) / 2 : random.normal() * 3));
}

describe('sample', () => {
  const seed = testSeed();

  it(`agrees with the definition asked token by token (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 400; round++) {
      const size = random.integer(1, 60);
      const logits = randomLogits(random, size);
      const counts = Uint32Array.from({ length: size }, () => (random.chance(0.3) ? random.integer(1, 4) : 0));
      const options = randomOptions(random);
      const position = random.uint32();
      const context = JSON.stringify({ round, size, options, position, logits: [...logits], counts: [...counts] });
      expect(sample(logits, options, counts, position), context).toBe(bruteForce(logits, options, counts, position));
    }
  });

  it('draws as often as the softmax says', () => {
    const logits = Float32Array.of(0, 1, 2, -1, 0.5);
    const temperature = 0.8;
    const exponentials = [...logits].map((logit) => Math.exp(logit / temperature));
    const total = exponentials.reduce((sum, exponential) => sum + exponential, 0);
    const draws = 4000;
    const seen = new Uint32Array(logits.length);
    const counts = new Uint32Array(logits.length);
    for (let position = 0; position < draws; position++) {
      const id = sample(logits, { ...PLAIN, temperature, seed: 7 }, counts, position);
      seen[id] = seen[id] + 1;
    }
    for (const [id, exponential] of exponentials.entries()) {
      const share = exponential / total;
      const deviation = Math.sqrt((share * (1 - share)) / draws);
      expect(Math.abs(seen[id] / draws - share)).toBeLessThan(4 * deviation);
    }
  });

  it('stays exact where the weights add up to more than 32 bits', () => {
    const size = 5000;
    for (let position = 0; position < 20; position++) {
      const [random] = philox4x32([position, 0, 0, 0], [PLAIN.seed, 0]);
      const expected = Number((BigInt(size) * BigInt(random)) >> 32n);
      expect(sample(new Float32Array(size), PLAIN, new Uint32Array(size), position)).toBe(expected);
    }
  });

  it('takes the lowest of equally likely tokens when greedy', () => {
    const logits = Float32Array.of(1, 3, 3, -2);
    expect(sample(logits, { ...PLAIN, temperature: 0 }, new Uint32Array(4), 0)).toBe(1);
  });

  it('applies the penalties before it chooses greedily', () => {
    const logits = Float32Array.of(4, 3, 0);
    const options = { ...PLAIN, temperature: 0, repetitionPenalty: 2 };
    expect(sample(logits, options, Uint32Array.of(1, 0, 0), 0)).toBe(1);
  });

  it('keeps the likeliest token however strict the cuts are', () => {
    const logits = Float32Array.of(0.1, 0.2, 0.15);
    for (const position of [0, 1, 2, 3]) {
      expect(sample(logits, { ...PLAIN, topP: 0 }, new Uint32Array(3), position)).toBe(1);
      expect(sample(logits, { ...PLAIN, minP: 1 }, new Uint32Array(3), position)).toBe(1);
      expect(sample(logits, { ...PLAIN, topK: 1 }, new Uint32Array(3), position)).toBe(1);
    }
  });

  it('depends on seed and position alone', () => {
    const logits = new Float32Array(50);
    const counts = new Uint32Array(50);
    const run = (seed: number) =>
      [...Array(20).keys()].map((position) => sample(logits, { ...PLAIN, seed }, counts, position));
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });
});

describe('penalise', () => {
  it('divides positive and multiplies negative logits of tokens that were seen', () => {
    const logits = Float32Array.of(2, -2, 2, -2);
    const counts = Uint32Array.of(1, 3, 0, 0);
    expect([...penalise(logits, counts, { ...NO_PENALTIES, repetitionPenalty: 2 })]).toEqual([1, -4, 2, -2]);
  });

  it('takes the presence penalty once and the frequency penalty per occurrence', () => {
    const logits = Float32Array.of(2, 2, 2);
    const counts = Uint32Array.of(0, 1, 4);
    const options = { ...NO_PENALTIES, presencePenalty: 0.5, frequencyPenalty: 0.25 };
    expect([...penalise(logits, counts, options)]).toEqual([2, 1.25, 0.5]);
  });
});

describe('decide', () => {
  const counts = new Uint32Array(3);

  it('tells how far the second was from the first when greedy', () => {
    expect(decide(Float32Array.of(1, 1.25, 0), { ...PLAIN, temperature: 0 }, counts, 0).logitMargin).toBe(0.25);
  });

  it('tells how far the first token outside top-k was from the last one inside', () => {
    expect(decide(Float32Array.of(3, 1, 1.5), { ...PLAIN, topK: 2 }, counts, 0).logitMargin).toBe(0.5);
  });

  it('tells how near the top-p cut was to a token', () => {
    const even = new Float32Array(4);
    const marginAt = (topP: number) => decide(even, { ...PLAIN, topP }, new Uint32Array(4), 0).massMargin;
    expect(marginAt(0.5)).toBe(0);
    expect(marginAt(0.6)).toBeGreaterThan(0.01);
  });

  it('tells how near the random number was to another token', () => {
    for (let position = 0; position < 50; position++) {
      const { id, massMargin } = decide(Float32Array.of(0, 0, 0), PLAIN, counts, position);
      const [random] = philox4x32([position, 0, 0, 0], [PLAIN.seed, 0]);
      const share = random / 2 ** 32;
      expect(id).toBe(Math.floor(share * 3));
      const distance = Math.min(...[1 / 3, 2 / 3].map((edge) => Math.abs(edge - share)));
      expect(massMargin).toBeCloseTo(distance, 6);
    }
  });
});
