import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/errors';
import { forward, initialState } from '../../src/model/oracle/forward';
import { argmax, generateGreedily } from '../../src/model/oracle/generate';
import { denseLogits } from '../support/dense-model';
import { Random, testSeed } from '../support/random';
import { randomConfig, randomWeights } from '../support/random-model';
import { relativeDifference, safeTokens } from '../support/tolerance';

const seed = testSeed();

function randomModel(random: Random, tokens: number) {
  const config = randomConfig(random);
  const weights = randomWeights(config, random);
  const ids = Array.from({ length: tokens }, () => random.integer(0, config.vocabSize - 1));
  return { config, weights, ids };
}

describe(`oracle on random models (seed ${seed})`, () => {
  it('agrees with a dense float model', () => {
    const random = new Random(seed);
    let compared = 0;
    for (let round = 0; round < 30; round++) {
      const { config, weights, ids } = randomModel(random, 6);
      const { logits } = forward(config, weights, ids);
      const dense = denseLogits(config, weights, ids);
      const safe = safeTokens(config, weights, ids);
      for (let token = 0; token < safe; token++) {
        const row = logits.subarray(token * config.vocabSize, (token + 1) * config.vocabSize);
        const context = `round ${round}, token ${token}, ${JSON.stringify(config)}`;
        expect(relativeDifference(row, dense[token]), context).toBeLessThan(1e-5);
      }
      compared += safe;
    }
    expect(compared).toBeGreaterThan(90);
  });

  it('gives the same bits however the tokens are sliced', () => {
    const random = new Random(seed);
    for (let round = 0; round < 10; round++) {
      const { config, weights, ids } = randomModel(random, 9);
      const whole = forward(config, weights, ids);
      let state = initialState(config);
      const rows: number[] = [];
      for (let start = 0; start < ids.length;) {
        const end = Math.min(ids.length, start + random.integer(1, 4));
        const part = forward(config, weights, ids.slice(start, end), state);
        ({ state } = part);
        rows.push(...part.logits);
        start = end;
      }
      expect(Float32Array.from(rows)).toEqual(whole.logits);
      expect(state).toEqual(whole.state);
    }
  });

  it('leaves the state that it is given alone', () => {
    const random = new Random(seed);
    const { config, weights, ids } = randomModel(random, 3);
    const state = random.floats(config.layerCount * config.stateSize, () => random.normal());
    const copy = state.slice();
    forward(config, weights, ids, state);
    expect(state).toEqual(copy);
  });

  it('generates as feeding everything again would', () => {
    const random = new Random(seed);
    const { config, weights, ids } = randomModel(random, 4);
    const generated = generateGreedily(config, weights, ids, 6).ids;
    for (const [count, id] of generated.entries()) {
      const { logits } = forward(config, weights, [...ids, ...generated.slice(0, count)]);
      expect(id).toBe(argmax(logits.subarray(-config.vocabSize)));
    }
  });

  it('refuses ids outside the vocabulary and an empty prompt', () => {
    const { config, weights } = randomModel(new Random(seed), 0);
    for (const id of [-1, config.vocabSize, 0.5, NaN]) {
      expect(() => forward(config, weights, [id])).toThrow(RequestError);
    }
    expect(() => generateGreedily(config, weights, [], 1)).toThrow(RequestError);
  });
});
