import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatCompletionCreateParams, ChatCompletionMessage } from '../../../src/api/openai';
import { parseChatRequest } from '../../../src/worker/chat-request';
import { RequestError } from '../../../src/errors';
import { parseConfig } from '../../../src/model/config';
import { testSeed } from '../../support/random';

const seed = testSeed();
const config = parseConfig(
  { model_type: 'hgrn_bit', vocab_size: 64, hidden_size: 8, num_hidden_layers: 1 },
  'config.json',
);
const bare = { config, defaults: {} };
const messages = [{ role: 'user' as const, content: 'Hello!' }];
const parse = (params: Record<string, unknown>, info: Parameters<typeof parseChatRequest>[1] = bare) =>
  parseChatRequest({ messages, ...params }, info);

function refusal(params: unknown): RequestError {
  try {
    parseChatRequest(params, bare);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a request gets its values', () => {
  test('as given', () => {
    const params: Omit<ChatCompletionCreateParams, 'signal'> = {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'One, ' },
            { type: 'text', text: 'two?' },
          ],
        },
        { role: 'assistant', content: 'Three.' },
        { role: 'user', content: '' },
      ],
      model: 'any',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      temperature: 1.5,
      top_p: 0.5,
      top_k: 7,
      min_p: 0.1,
      presence_penalty: -1,
      frequency_penalty: 2,
      repetition_penalty: 1.1,
      seed: 42,
      stop: ['a', 'b'],
      n: 3,
      logit_bias: { 0: -100, 63: 0.5 },
      logprobs: true,
      top_logprobs: 20,
    };
    expect(parseChatRequest(params, bare)).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'One, two?' },
        { role: 'assistant', content: 'Three.' },
        { role: 'user', content: '' },
      ],
      stop: ['a', 'b'],
      choices: 3,
      options: {
        maxTokens: 5,
        stopTokenIds: [2],
        temperature: 1.5,
        topK: 7,
        topP: 0.5,
        minP: 0.1,
        repetitionPenalty: 1.1,
        presencePenalty: -1,
        frequencyPenalty: 2,
        logitBias: [
          [0, -100],
          [63, 0.5],
        ],
        topLogprobs: 20,
        seed: 42,
      },
    });
  });

  test('from what turns a thing off, where neither request nor pack says one', () => {
    const { options, stop } = parse({});
    expect({ ...options, seed: 0 }).toEqual({
      maxTokens: 1024,
      stopTokenIds: [2],
      temperature: 1,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      logitBias: [],
      seed: 0,
    });
    expect(stop).toEqual([]);
  });

  test("from the pack's generation_config.json, where the request says none", () => {
    const defaults = {
      eosTokenIds: [2, 0],
      temperature: 0.7,
      topK: 40,
      topP: 0.95,
      minP: 0.05,
      repetitionPenalty: 1.2,
    };
    const { options } = parse({ top_k: 0, temperature: null }, { config, defaults });
    expect(options).toMatchObject({ stopTokenIds: [2, 0], temperature: 0.7, topK: 0, topP: 0.95, minP: 0.05 });
    expect(options.repetitionPenalty).toBe(1.2);
    const greedy = { config, defaults: { ...defaults, doSample: false } };
    expect(parse({}, greedy).options.temperature).toBe(0);
    expect(parse({ temperature: 0.5 }, greedy).options.temperature).toBe(0.5);
  });

  test('with null as good as nothing, and values that ask for nothing', () => {
    const nothing = {
      stop: null,
      seed: null,
      max_tokens: null,
      tools: null,
      n: 1,
      logprobs: false,
      stream_options: null,
    };
    expect({ ...parse(nothing).options, seed: 0 }).toEqual({ ...parse({}).options, seed: 0 });
  });

  test('of max_tokens under both its names', () => {
    expect(parse({ max_completion_tokens: 9 }).options.maxTokens).toBe(9);
    expect(parse({ max_tokens: 9, max_completion_tokens: 9 }).options.maxTokens).toBe(9);
    expect(refusal({ messages, max_tokens: 8, max_completion_tokens: 9 }).field).toBe('max_completion_tokens');
  });

  test('of the seed: the low 32 bits, or random ones', () => {
    expect(parse({ seed: -1 }).options.seed).toBe(0xffffffff);
    expect(parse({ seed: 2 ** 32 + 5 }).options.seed).toBe(5);
    const seeds = new Set(Array.from({ length: 20 }, () => parse({}).options.seed));
    expect(seeds.size).toBeGreaterThan(15);
    for (const value of seeds) expect(value).toBe(value >>> 0);
  });

  test('of a single stop string', () => {
    expect(parse({ stop: '\n' }).stop).toEqual(['\n']);
  });

  test('of an answer that is sent back as it came', () => {
    const answer: ChatCompletionMessage = { role: 'assistant', content: 'Hi.', refusal: null };
    expect(parse({ messages: [...messages, answer] }).messages[1]).toEqual({ role: 'assistant', content: 'Hi.' });
  });
});

describe('a request is refused by name', () => {
  const long = 'x'.repeat(2 ** 19);
  test.each<[field: string | undefined, reason: string, params: unknown]>([
    [undefined, 'must be an object', null],
    [undefined, 'must be an object', 'Hello'],
    ['messages', 'is missing', [messages]],
    ['messages', 'is missing', {}],
    ['messages', 'must be a list of messages', { messages: 'Hello' }],
    ['messages', 'must have at least one message', { messages: [] }],
    ['messages', '4096 messages', { messages: Array.from({ length: 4097 }, () => messages[0]) }],
    ['messages', '1048576 characters', { messages: [long, long, 'x'].map((content) => ({ role: 'user', content })) }],
    ['messages[1]', 'must be an object', { messages: [messages[0], 'Hello'] }],
    ['messages[0].role', '"system", "user" or "assistant"', { messages: [{ role: 'tool', content: '' }] }],
    ['messages[0].role', 'is missing', { messages: [{ content: '' }] }],
    ['messages[0].content', 'is missing', { messages: [{ role: 'user' }] }],
    ['messages[0].content', 'is missing', { messages: [{ role: 'assistant', content: null }] }],
    [
      'messages[1].content',
      'a string or a list of text parts',
      { messages: [messages[0], { role: 'user', content: 7 }] },
    ],
    [
      'messages[0].content',
      'nothing but text',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    ],
    ['messages[0].name', 'is not supported', { messages: [{ role: 'user', content: '', name: 'Ann' }] }],
    ['messages[0].tool_calls', 'is not supported', { messages: [{ role: 'assistant', content: '', tool_calls: [] }] }],
    ['temperature', 'a number from 0 to 2', { messages, temperature: 2.1 }],
    ['temperature', 'a number from 0 to 2', { messages, temperature: '1' }],
    ['temperature', 'a number from 0 to 2', { messages, temperature: NaN }],
    ['top_p', 'above 0, up to 1', { messages, top_p: 0 }],
    ['top_p', 'above 0, up to 1', { messages, top_p: 1.1 }],
    ['top_k', 'whole number', { messages, top_k: 1.5 }],
    ['top_k', 'whole number', { messages, top_k: -1 }],
    ['min_p', 'from 0 to 1', { messages, min_p: -0.1 }],
    ['presence_penalty', 'from -2 to 2', { messages, presence_penalty: 3 }],
    ['frequency_penalty', 'from -2 to 2', { messages, frequency_penalty: Infinity }],
    ['repetition_penalty', 'above 0', { messages, repetition_penalty: 0 }],
    ['max_tokens', 'whole number from 1', { messages, max_tokens: 0 }],
    ['max_completion_tokens', 'whole number from 1', { messages, max_completion_tokens: 1e9 }],
    ['seed', 'whole number', { messages, seed: 0.5 }],
    ['seed', 'whole number', { messages, seed: 2 ** 60 }],
    ['stop', 'must not be empty', { messages, stop: '' }],
    ['stop[1]', 'must be a string', { messages, stop: ['a', 7] }],
    ['stop[0]', 'lone surrogate', { messages, stop: ['\ud83d'] }],
    ['stop[0]', '256 characters', { messages, stop: ['x'.repeat(257)] }],
    ['stop', '16 strings', { messages, stop: Array.from({ length: 17 }, () => 'a') }],
    ['stop', 'a string or a list', { messages, stop: { a: 1 } }],
    ['stream', 'true or false', { messages, stream: 'yes' }],
    ['stream_options', 'only where stream is true', { messages, stream_options: { include_usage: true } }],
    ['stream_options.include_usage', 'true or false', { messages, stream: true, stream_options: { include_usage: 1 } }],
    ['stream_options.other', 'is not supported', { messages, stream: true, stream_options: { other: 1 } }],
    ['model', 'must be a string', { messages, model: 7 }],
    ['n', 'from 1 to 128', { messages, n: 0 }],
    ['n', 'from 1 to 128', { messages, n: 129 }],
    ['logprobs', 'true or false', { messages, logprobs: 3 }],
    ['top_logprobs', 'only where logprobs is true', { messages, top_logprobs: 3 }],
    ['top_logprobs', 'only where logprobs is true', { messages, logprobs: false, top_logprobs: 0 }],
    ['top_logprobs', 'from 0 to 20', { messages, logprobs: true, top_logprobs: 21 }],
    ['logit_bias', 'must be an object', { messages, logit_bias: [1] }],
    ['logit_bias.64', 'below 64', { messages, logit_bias: { 64: 1 } }],
    ['logit_bias.-1', 'below 64', { messages, logit_bias: { '-1': 1 } }],
    ['logit_bias.01', 'no token id', { messages, logit_bias: { '01': 1 } }],
    ['logit_bias.tern', 'no token id', { messages, logit_bias: { tern: 1 } }],
    ['logit_bias.3', 'from -100 to 100', { messages, logit_bias: { 3: 101 } }],
    ['logit_bias.3', 'from -100 to 100', { messages, logit_bias: { 3: NaN } }],
    ['logit_bias.3', 'from -100 to 100', { messages, logit_bias: { 3: '1' } }],
    [
      'logit_bias',
      '1024 entries',
      { messages, logit_bias: Object.fromEntries(Array.from({ length: 1025 }, (_, id) => [id, 1])) },
    ],
    ['tools', 'is not supported', { messages, tools: [] }],
    ['response_format.type', '"json_schema"', { messages, response_format: { type: 'xml' } }],
    ['response_format', '"json_schema"', { messages, response_format: 'json_object' }],
    ['response_format.schema', 'is not supported', { messages, response_format: { type: 'json_object', schema: {} } }],
    ['response_format.json_schema', 'is missing', { messages, response_format: { type: 'json_schema' } }],
    [
      'response_format.json_schema.schema',
      'JSON schema',
      { messages, response_format: { type: 'json_schema', json_schema: { name: 'x', schema: true } } },
    ],
    ['response_format.pattern', 'must be a string', { messages, response_format: { type: 'regex', pattern: /x/ } }],
    ['temprature', 'is not supported', { messages, temprature: 1 }],
    ['signal', 'is not supported', { messages, signal: AbortSignal.abort() }],
    ['__proto__', 'is not supported', JSON.parse('{"messages":[{"role":"user","content":""}],"__proto__":1}')],
  ])('%s: %s', (field, reason, params) => {
    const error = refusal(params);
    expect(error.field).toBe(field);
    expect(error.reason).toContain(reason);
  });
});

describe(`random requests (seed ${seed})`, () => {
  /** Either a whole request comes of it, or a RequestError. */
  const parsesOrIsRefused = (params: unknown) => {
    try {
      const { options, messages } = parseChatRequest(params, bare);
      expect(
        Object.values(options)
          .flat(2)
          .every((value) => Number.isFinite(value)),
      ).toBe(true);
      expect(messages.every(({ content }) => typeof content === 'string')).toBe(true);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
    }
  };

  test('anything at all', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), parsesOrIsRefused), { seed });
  });

  test('right names with anything for a value', () => {
    const names = [
      'messages',
      'model',
      'max_tokens',
      'temperature',
      'top_p',
      'seed',
      'stop',
      'stream',
      'stream_options',
      'n',
    ];
    const params = fc.dictionary(fc.constantFrom(...names), fc.anything());
    fc.assert(
      fc.property(params, (given) => {
        parsesOrIsRefused({ messages, ...given });
      }),
      { seed, numRuns: 500 },
    );
  });
});
