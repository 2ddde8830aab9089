import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../../src/worker/chat-request';
import { RequestError } from '../../../src/errors';
import { parseConfig } from '../../../src/model/config';
import { parseGenerationConfig } from '../../../src/model/generation-config';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();
const LONE_SURROGATE = /\p{Surrogate}/u;
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const VOCABULARY = 64;
const config = parseConfig(
  { model_type: 'hgrn_bit', vocab_size: VOCABULARY, hidden_size: 8, num_hidden_layers: 1 },
  'config.json',
);
const defaults = parseGenerationConfig({ temperature: 100, top_p: 0, repetition_penalty: 100 }, 'x.json');
const GOOD = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'One?' }] },
    { role: 'assistant', content: 'Two.', refusal: null },
    { role: 'user', content: 'Three?' },
  ],
  model: 'any',
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: 5,
  max_completion_tokens: 5,
  temperature: 1.5,
  top_p: 0.5,
  top_k: 7,
  min_p: 0.1,
  presence_penalty: -1,
  frequency_penalty: 2,
  repetition_penalty: 1.1,
  seed: 42,
  stop: ['a', 'b'],
  n: 2,
  logit_bias: { 0: 1.5, 63: -100 },
  logprobs: true,
  top_logprobs: 4,
  response_format: { type: 'regex', pattern: 'a+' },
};
const PARAMETERS = new Set(Object.keys(GOOD));

/** Numbers that a sampler can work with and texts that a template can, or a RequestError. */
function isSoundOrRefused(params: unknown): void {
  const request = resultOrRefusal(() => parseChatRequest(params, { config, defaults }), [RequestError]);
  if (request === undefined) return;
  const given = Object.entries(params as object).filter(([, value]) => value !== null && value !== undefined);
  expect(
    given.every(([name]) => PARAMETERS.has(name)),
    given.map(([name]) => name).join(),
  ).toBe(true);
  const { messages, stop, options, choices } = request;
  expect(Number.isInteger(choices) && choices >= 1 && choices <= 128).toBe(true);
  expect(messages.length).toBeGreaterThan(0);
  for (const message of messages) {
    expect(Object.keys(message).toSorted()).toEqual(['content', 'role']);
    expect(['system', 'user', 'assistant']).toContain(message.role);
    expect(typeof message.content).toBe('string');
  }
  expect(messages.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThanOrEqual(2 ** 20);
  expect(stop.length).toBeLessThanOrEqual(16);
  expect(stop.every((one) => one !== '' && !LONE_SURROGATE.test(one))).toBe(true);
  const whole = [options.maxTokens, options.topK, options.seed, ...options.stopTokenIds];
  expect(whole.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true);
  const { logitBias = [], topLogprobs } = options;
  expect(
    logitBias.every(([id, bias]) => Number.isInteger(id) && id >= 0 && id < VOCABULARY && Math.abs(bias) <= 100),
  ).toBe(true);
  expect(new Set(logitBias.map(([id]) => id)).size).toBe(logitBias.length);
  expect([undefined, ...Array(21).keys()]).toContain(topLogprobs);
  const { temperature, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty } = options;
  expect([temperature, topP, minP].every((value) => value >= 0)).toBe(true);
  expect([topP, minP].every((value) => value <= 1)).toBe(true);
  expect(repetitionPenalty > 0).toBe(true);
  expect(Math.max(Math.abs(presencePenalty), Math.abs(frequencyPenalty))).toBeLessThanOrEqual(2);
  // It crosses the worker's border, and what structured cloning takes it must still be.
  expect(structuredClone(request)).toEqual(request);
}

describe(`a hostile request (seed ${seed})`, () => {
  it('is sound or refused where a good one was changed', () => {
    isSoundOrRefused(GOOD);
    fc.assert(fc.property(mutated(GOOD), isSoundOrRefused), parameters);
  });

  it('is sound or refused whatever it is', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const anything = fc.oneof(
      hostileValue,
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
    );
    fc.assert(fc.property(anything, isSoundOrRefused), parameters);
    const parameter = fc.tuple(fc.constantFrom(...PARAMETERS), anything);
    fc.assert(
      fc.property(parameter, ([name, value]) => {
        isSoundOrRefused({ messages, [name]: value });
      }),
      parameters,
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'valueOf'])('is refused by name with the parameter %s', (name) => {
    const params: unknown = JSON.parse(`{"messages": [{"role": "user", "content": "Hi"}], "${name}": 1}`);
    expect(() => parseChatRequest(params, { config, defaults })).toThrow(`${name}: is not supported`);
    const message: unknown = JSON.parse(`{"messages": [{"role": "user", "content": "Hi", "${name}": 1}]}`);
    const biased: unknown = JSON.parse(
      `{"messages": [{"role": "user", "content": "Hi"}], "logit_bias": {"${name}": 1}}`,
    );
    expect(() => parseChatRequest(biased, { config, defaults })).toThrow(`logit_bias.${name}: is no token id`);
    expect(() => parseChatRequest(message, { config, defaults })).toThrow(`messages[0].${name}: is not supported`);
  });
});
