import { beforeAll, describe, expect, it } from 'vitest';
import { logprobs } from '../../src/model/oracle/logprobs';
import { GREEDY, MOST_LOGPROBS, type SampledLogprob } from '../../src/model/sampling-options';
import { harnessDevice } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { Random, testSeed } from '../support/random';
import { SamplerHarness } from '../support/sampler-harness';

/** What the GPU's exp and log, and sums of some thousand f32, may be off. */
const TOLERANCE = 1e-4;
const SLOTS = 256;
const seed = testSeed();

function expectClose(actual: SampledLogprob, expected: SampledLogprob, where: string): void {
  expect([actual.id, ...actual.top.map(({ id }) => id)], where).toEqual([
    expected.id,
    ...expected.top.map(({ id }) => id),
  ]);
  const pairs = [[actual, expected], ...actual.top.map((one, rank) => [one, expected.top[rank]])];
  for (const [one, other] of pairs) {
    const scale = Math.max(1, Math.abs(other.logprob));
    expect(Math.abs(one.logprob - other.logprob) / scale, `${where}, token ${one.id}`).toBeLessThan(TOLERANCE);
  }
}

describe(`log probabilities (seed ${seed})`, () => {
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });
  const open = (vocabSize: number) => SamplerHarness.create(device, { vocabSize, slots: SLOTS, workgroup: 64 });

  it.each([1, 5, 64, 65, 1500, 8193])(
    'are the oracle’s of %i tokens, whatever bias, penalties and temperature make of the logits',
    async (size) => {
      const random = new Random(seed + size);
      const harness = await open(size);
      for (const [trial, kind] of ['lively', 'lively', 'ties', 'equal', 'peaked', 'lowest'].entries()) {
        const peak = random.integer(0, size - 1);
        const logits = Float32Array.from({ length: size }, (_, id) => {
          if (kind === 'equal') return 3;
          if (kind === 'lowest') return -3.4028234663852886e38;
          if (kind === 'peaked') return id === peak ? 60 : random.normal();
          return kind === 'ties' ? Math.round(random.normal() * 2) : random.normal() * 3;
        });
        const counts = Uint32Array.from({ length: size }, () => random.integer(0, 2));
        const topLogprobs = random.pick([0, 1, 5, MOST_LOGPROBS]);
        const changes =
          kind === 'lowest' ? {} : { repetitionPenalty: 1.3, frequencyPenalty: 0.5, logitBias: [[peak, 9]] as const };
        const options = { ...GREEDY, temperature: random.pick([0, 1]), topK: 40, ...changes, topLogprobs };
        const emitted = random.integer(0, 1000);
        await harness.prepare({ logits, counts, options }, { emitted, position: trial });
        harness.run();
        const { token } = await harness.readStep();
        const actual = (await harness.readLogprobs())(emitted % SLOTS, token);
        expectClose(actual, logprobs(logits, token, topLogprobs), `${kind} logits, top ${topLogprobs}`);
      }
    },
  );

  it('of steps that follow each other lie beside their results, and stay when the generation has ended', async () => {
    const size = 300;
    const random = new Random(seed);
    const harness = await open(size);
    const logits = random.floats(size, () => random.normal());
    const options = { ...GREEDY, temperature: 1, topLogprobs: 2, logitBias: [] };
    const [emitted, limit] = [SLOTS - 2, SLOTS + 3];
    await harness.prepare({ logits, counts: new Uint32Array(size), options }, { emitted, limit });
    // Three steps more than there are tokens to sample.
    harness.run(8);
    const step = await harness.readStep();
    expect(step).toMatchObject({ ended: 1, emitted: limit });
    const read = await harness.readLogprobs();
    for (let index = emitted; index < limit; index++) {
      const place = index % SLOTS;
      const id = step.results[place];
      expectClose(read(place, id), logprobs(logits, id, 2), `token ${index}`);
    }
  });
});
