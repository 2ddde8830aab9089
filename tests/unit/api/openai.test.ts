import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { shaped, type Shape } from '../../../src/api/answer-shape';
import { CHAT_SHAPE } from '../../../src/api/chat-shape';
import { openaiFetch, type CompletionEngine } from '../../../src/api/openai-client';
import { TextShape } from '../../../src/api/text-shape';
import type { AnswerEvent } from '../../../src/worker/answers';
import type { StreamReader } from '../../../src/worker/wire/stream';

const usage = {
  promptTokens: 10,
  cachedTokens: 4,
  completionTokens: 6,
  firstTokenTime: 20,
  prefillTime: 30,
  decodedTokens: 4,
  decodeTime: 20,
};
const token = (text: string, logprob: number) => ({ token: text, bytes: [...new TextEncoder().encode(text)], logprob });
/** Half of a character each. */
const halves = [
  { token: '\ufffd', bytes: [0xc3], logprob: -3 },
  { token: '\ufffd', bytes: [0xa9], logprob: -0.5 },
];
const weighed = (one: ReturnType<typeof token>, ...others: ReturnType<typeof token>[]) => ({
  ...one,
  top_logprobs: others,
});

/** Two answers: "Hi é!" and "No", which comes to the greatest length. */
const events: AnswerEvent[] = [
  { kind: 'text', index: 0, text: 'Hi', tokens: [weighed(token('Hi', -1), token('Oh', -0.5), token('Hi', -1))] },
  { kind: 'text', index: 0, text: ' é', tokens: [weighed(token(' ', -2)), weighed(halves[0]), weighed(halves[1])] },
  { kind: 'text', index: 0, text: '!', tokens: [weighed(token('!', -0.1))] },
  { kind: 'end', index: 0, reason: 'stop', tokens: [] },
  { kind: 'text', index: 1, text: 'No', tokens: [weighed(token('No', -4))] },
  { kind: 'end', index: 1, reason: 'length', tokens: [], usage },
];
const expectedUsage = {
  prompt_tokens: 10,
  completion_tokens: 6,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 4 },
  extra: { time_to_first_token_ms: 20, prefill_tokens_per_second: 200, decode_tokens_per_second: 200 },
};

function reader(): StreamReader<AnswerEvent> {
  const items = events.values();
  return {
    next: () => Promise.resolve(items.next()),
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The real client, to which the events come as answers of a server. */
function client(): OpenAI {
  const answer =
    <Choice, Piece>(shape: () => Shape<Choice, Piece>) =>
    (params: { stream?: boolean; stream_options?: { include_usage?: boolean } }) =>
      Promise.resolve(shaped(reader(), shape(), params, 'tiny'));
  const engine = {
    info: { name: 'tiny' },
    chat: { completions: { create: answer(() => CHAT_SHAPE) } },
    completions: { create: answer(() => new TextShape()) },
  } as unknown as CompletionEngine;
  return new OpenAI({ apiKey: 'none', baseURL: 'https://engine.invalid/v1', fetch: openaiFetch(engine) });
}

const chat = { model: 'tiny', messages: [{ role: 'user' as const, content: 'Hi' }], n: 2 };
const text = { model: 'tiny', prompt: 'Hi', n: 2 };

test('the client of the openai package reads a whole chat answer', async () => {
  const completion = await client().chat.completions.create(chat);
  expect(completion.choices.map(({ index, message }) => [index, message.content])).toEqual([
    [0, 'Hi é!'],
    [1, 'No'],
  ]);
  expect(completion.choices.map(({ finish_reason }) => finish_reason)).toEqual(['stop', 'length']);
  expect(completion.choices[0].logprobs?.content?.map((one) => one.logprob)).toEqual([-1, -2, -3, -0.5, -0.1]);
  expect(completion.choices[0].logprobs?.content?.[0].top_logprobs).toEqual([token('Oh', -0.5), token('Hi', -1)]);
  expect(completion.usage).toEqual(expectedUsage);
});

test.each([false, true])('it puts a streamed chat answer together again, with usage apart: %s', async (apart) => {
  const params = { ...chat, stream: true as const, ...(apart ? { stream_options: { include_usage: true } } : {}) };
  const [whole, streamed] = await Promise.all([
    client().chat.completions.create(chat),
    client().chat.completions.stream(params).finalChatCompletion(),
  ]);
  expect(streamed.choices).toMatchObject(whole.choices);
  expect(streamed.usage).toEqual(expectedUsage);
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of await client().chat.completions.create(params)) chunks.push(chunk);
  expect(chunks.at(-1)?.choices).toHaveLength(apart ? 0 : 1);
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
});

test('it reads text completions, with logprobs of their older shape', async () => {
  const completion = await client().completions.create(text);
  expect(completion.choices.map(({ index, text: said }) => [index, said])).toEqual([
    [0, 'Hi é!'],
    [1, 'No'],
  ]);
  expect(completion.choices[0].logprobs).toEqual({
    tokens: ['Hi', ' ', '\ufffd', '\ufffd', '!'],
    token_logprobs: [-1, -2, -3, -0.5, -0.1],
    top_logprobs: [{ Hi: -1, Oh: -0.5 }, { ' ': -2 }, { '\ufffd': -3 }, { '\ufffd': -0.5 }, { '!': -0.1 }],
    text_offset: [0, 2, 3, 3, 4],
  });
  expect(completion.choices[1].logprobs).toMatchObject({ tokens: ['No'], text_offset: [0] });
  expect(completion.usage).toEqual(expectedUsage);
});

test('it reads a stream of text completions', async () => {
  const texts = ['', ''];
  const offsets: number[][] = [[], []];
  for await (const { choices } of await client().completions.create({ ...text, stream: true })) {
    for (const { index, text: piece, logprobs } of choices) {
      texts[index] += piece;
      offsets[index].push(...(logprobs?.text_offset ?? []));
    }
  }
  expect(texts).toEqual(['Hi é!', 'No']);
  expect(offsets).toEqual([[0, 2, 3, 3, 4], [0]]);
});
