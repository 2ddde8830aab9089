import { describe, expect, it } from 'vitest';
import { GREEDY, type SampledLogprob } from '../../../src/model/sampling-options';
import { LastingGeneration } from '../../../src/worker/lasting-generation';
import type { Model, RunningGeneration } from '../../../src/worker/model';
import { Random, testSeed } from '../../support/random';

const seed = testSeed();
const random = new Random(seed);
const { signal } = new AbortController();

/** The token after a text: any function of all its ids shows whether a text went on as it was. */
function after(text: readonly number[]): number {
  return text.reduce((hash, id) => (Math.imul(hash, 31) + id + 1) >>> 0, 7) % 1000;
}

class Lost extends Error {}

/** A model whose device is lost after some more steps. */
class MortalModel implements Pick<Model, 'generate'> {
  readonly kept: number[] = [];
  readonly prompts: (readonly number[])[] = [];
  readonly owners: unknown[] = [];
  stepsLeft: number;

  constructor(steps: number) {
    this.stepsLeft = steps;
  }

  generate(...[prompt, { maxTokens }, , , own]: Parameters<Model['generate']>): Promise<RunningGeneration> {
    this.#step();
    expect(maxTokens, 'tokens to sample').toBeGreaterThan(0);
    this.prompts.push(prompt);
    this.owners.push(own);
    const text = [...prompt];
    const logprobs: SampledLogprob[] = [];
    const next = () => {
      this.#step();
      const fresh: number[] = [];
      while (fresh.length < 3 && text.length < prompt.length + maxTokens) {
        const id = after(text);
        text.push(id);
        fresh.push(id);
        logprobs.push({ id, logprob: -text.length, top: [] });
      }
      return Promise.resolve(fresh);
    };
    const end = (tokens: number) => {
      this.#step();
      this.kept.push(tokens);
      return Promise.resolve();
    };
    return Promise.resolve({ promptTokens: prompt.length, cachedTokens: 1, logprobs, next, end });
  }

  #step(): void {
    if (this.stepsLeft-- <= 0) throw new Lost();
  }
}

/** Runs work on one model after the other, as DeviceSession does. */
function running(models: MortalModel[]) {
  return {
    async run<Result>(work: (model: Model) => Promise<Result>): Promise<Result> {
      for (;;) {
        try {
          return await work(models[0] as unknown as Model);
        } catch (error) {
          if (!(error instanceof Lost)) throw error;
          models.shift();
        }
      }
    },
  };
}

describe(`LastingGeneration (seed ${seed})`, () => {
  it('says the same tokens whenever devices are lost, and as many', async () => {
    for (let round = 0; round < 200; round++) {
      const prompt = Array.from({ length: random.integer(1, 5) }, () => random.integer(0, 999));
      const maxTokens = random.integer(1, 20);
      const expected = [...prompt];
      while (expected.length < prompt.length + maxTokens) expected.push(after(expected));

      const models = [
        ...Array.from({ length: 4 }, () => new MortalModel(random.integer(0, 5))),
        new MortalModel(Infinity),
      ];
      const options = { ...GREEDY, maxTokens, stopTokenIds: [] };
      const own = { longestPrefix: () => undefined, keep: () => undefined };
      const generation = await LastingGeneration.begin(running(models), prompt, options, signal, own);
      const tokens: number[] = [];
      for (let fresh = await generation.next(); fresh.length > 0; fresh = await generation.next())
        tokens.push(...fresh);
      expect([...prompt, ...tokens]).toEqual(expected);
      expect(generation).toMatchObject({ promptTokens: prompt.length, cachedTokens: 1 });
      const weighed = tokens.map((id, index) => ({ id, logprob: -(prompt.length + index + 1), top: [] }));
      expect(generation.logprobs).toEqual(weighed);

      const [last] = models;
      // Whichever device it runs on, its conversation goes along.
      expect(new Set(last.owners)).toEqual(new Set([own]));
      await generation.end(maxTokens - 1);
      // Where the device was lost since the last step, nothing is left to end.
      if (models[0] !== last) continue;
      const inPrompt = (last.prompts.at(-1)?.length ?? 0) - prompt.length;
      expect(last.kept).toEqual([maxTokens - 1 - inPrompt]);
    }
  });
});
