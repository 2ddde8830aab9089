import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/errors';
import { parseConfig } from '../../../src/model/config';
import { parseTextRequest } from '../../../src/worker/text-request';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const VOCABULARY = 64;
const config = parseConfig(
  { model_type: 'hgrn_bit', vocab_size: VOCABULARY, hidden_size: 8, num_hidden_layers: 1 },
  'config.json',
);
const GOOD = {
  prompt: ['Once', 'Twice'],
  model: 'any',
  max_tokens: 5,
  temperature: 1.5,
  top_p: 0.5,
  top_k: 7,
  min_p: 0.1,
  presence_penalty: -1,
  frequency_penalty: 2,
  repetition_penalty: 1.1,
  logit_bias: { 5: 1 },
  logprobs: 3,
  echo: false,
  seed: 42,
  stop: ['a', 'b'],
  n: 3,
  stream: true,
  stream_options: { include_usage: true },
};
const PARAMETERS = new Set(Object.keys(GOOD));

/** Prompts that a tokenizer or a model can work with, or a RequestError. */
function isSoundOrRefused(params: unknown): void {
  const request = resultOrRefusal(() => parseTextRequest(params, { config, defaults: {} }), [RequestError]);
  if (request === undefined) return;
  const given = Object.entries(params as object).filter(([, value]) => value !== null && value !== undefined);
  expect(
    given.every(([name]) => PARAMETERS.has(name)),
    given.map(([name]) => name).join(),
  ).toBe(true);
  const { prompts, echo, choices, options } = request;
  expect(prompts.length).toBeGreaterThan(0);
  const isId = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < VOCABULARY;
  // A hole in a list is no id either.
  expect(prompts.every((prompt) => typeof prompt === 'string' || Array.from(prompt).every(isId))).toBe(true);
  expect(typeof echo).toBe('boolean');
  expect(Number.isInteger(choices) && choices >= 1 && choices <= 128).toBe(true);
  expect([undefined, 0, 1, 2, 3, 4, 5]).toContain(options.topLogprobs);
  expect(echo && options.topLogprobs !== undefined).toBe(false);
}

describe(`a hostile text request (seed ${seed})`, () => {
  it('is sound or refused where a good one was changed', () => {
    isSoundOrRefused(GOOD);
    const idLists = { ...GOOD, prompt: [[1, 2], [63]], logprobs: null, echo: true };
    isSoundOrRefused(idLists);
    fc.assert(fc.property(fc.oneof(mutated(GOOD), mutated(idLists)), isSoundOrRefused), parameters);
  });

  it('is sound or refused whatever its prompt is', () => {
    const anything = fc.oneof(
      hostileValue,
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
      fc.array(fc.oneof(fc.string(), fc.integer(), fc.array(fc.oneof(fc.nat({ max: 70 }), fc.double())))),
    );
    fc.assert(
      fc.property(anything, (prompt) => {
        isSoundOrRefused({ prompt });
      }),
      parameters,
    );
  });
});
