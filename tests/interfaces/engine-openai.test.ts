import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/api';
import * as api from '../../src/api';
import { argmax } from '../../src/model/oracle/generate';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { TOKENS, tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const messages = [{ role: 'user' as const, content: 'Hi' }];
let engine: api.Engine;
let url: string;

beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096, endTokens: [] })).files);
  engine = await createEngine({ model: url });
});
afterAll(async () => {
  await engine.dispose();
  await stopHost(url);
});

const bytes = (text: string) => [...new TextEncoder().encode(text)];

/** The likeliest ids after a text, one after the other. */
async function likeliest(prompt: readonly number[], count: number): Promise<number[]> {
  const ids = [...prompt];
  while (ids.length < prompt.length + count) {
    ids.push(argmax((await engine.logits(ids)).slice(-engine.info.config.vocabSize)));
  }
  return ids.slice(prompt.length);
}

/** The likeliest ids of some after a text, by their natural logarithms of probability. */
async function weighed(text: readonly number[], ids: readonly number[]): Promise<number[]> {
  const logits = (await engine.logits(text)).slice(-engine.info.config.vocabSize);
  const largest = Math.max(...logits);
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  return ids.map((id) => logits[id] - largest - logSum);
}

/** The name of a token of the tiny pack, and its bytes. */
function spelled(id: number) {
  if (id >= TOKENS.start) return { token: ['<|start|>', '<|end|>'][id - TOKENS.start], bytes: null };
  return { token: new TextDecoder().decode(Uint8Array.of(id)), bytes: [id] };
}

/** The id of a token as an answer spells it. */
function idOf({ token, bytes: spelling }: { token: string; bytes: number[] | null }): number {
  return spelling?.[0] ?? (token === '<|start|>' ? TOKENS.start : TOKENS.end);
}

/** Ids as the text of an answer; control tokens have none. */
function textOf(ids: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(ids.filter((id) => id < TOKENS.start)));
}

describe(`text completions (seed ${seed})`, () => {
  it('go on from texts and token ids as they are, each for itself', async () => {
    const params = { temperature: 0, max_tokens: 6 };
    const expected = await Promise.all(['Once', 'A tern'].map(async (text) => textOf(await likeliest(bytes(text), 6))));
    const texts = await engine.completions.create({ prompt: ['Once', 'A tern'], ...params });
    expect(texts.choices.map(({ text }) => text)).toEqual(expected);
    expect(texts.choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(texts).toMatchObject({ object: 'text_completion', model: 'tiny' });
    expect(texts.id).toMatch(/^cmpl-/);
    expect(texts.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 12, total_tokens: 22 });
    const ids = await engine.completions.create({ prompt: bytes('Once'), ...params });
    expect(ids.choices).toEqual(texts.choices.slice(0, 1));
    const lists = await engine.completions.create({ prompt: [bytes('Once'), bytes('A tern')], ...params });
    expect(lists.choices).toEqual(texts.choices);
  });

  it('never make a control token of a text', async () => {
    const { usage } = await engine.completions.create({ prompt: '<|start|>', max_tokens: 1 });
    expect(usage.prompt_tokens).toBe('<|start|>'.length);
    expect((await engine.completions.create({ prompt: [TOKENS.start], max_tokens: 1 })).usage.prompt_tokens).toBe(1);
  });

  it.each([
    { kind: 'a text', prompt: 'Once' },
    { kind: 'ids', prompt: bytes('Once') },
  ])('begin with the prompt where that is asked for, given as $kind', async ({ prompt }) => {
    const params = { prompt, temperature: 0, max_tokens: 3 };
    const plain = await engine.completions.create(params);
    const echoed = await engine.completions.create({ ...params, echo: true });
    expect(echoed.choices[0].text).toBe(`Once${plain.choices[0].text}`);
  });

  it('stream the same, choice after choice, with usage at the end', async () => {
    const params = { prompt: ['Once', 'A tern'], seed: 5, max_tokens: 6, n: 2 };
    const whole = await engine.completions.create(params);
    const chunks: api.CompletionChunk[] = [];
    for await (const chunk of await engine.completions.create({ ...params, stream: true })) chunks.push(chunk);
    const texts = ['', '', '', ''];
    for (const { choices } of chunks) for (const { index, text } of choices) texts[index] += text;
    expect(texts).toEqual(whole.choices.map(({ text }) => text));
    expect(chunks.map(({ choices }) => choices[0].index)).toEqual(
      chunks.map(({ choices }) => choices[0].index).toSorted(),
    );
    expect(chunks.filter(({ choices }) => choices[0].finish_reason === 'length')).toHaveLength(4);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(24);
  });

  it('are refused by name where there is nothing to go on from or something else is wrong', async () => {
    const refused = (params: object) => engine.completions.create(params as api.CompletionCreateParamsNonStreaming);
    await expect(refused({ prompt: ['a', ''] })).rejects.toMatchObject({ name: 'RequestError', field: 'prompt[1]' });
    await expect(refused({ prompt: 'a', suffix: 'b' })).rejects.toMatchObject({ field: 'suffix' });
    await expect(refused({ prompt: [258] })).rejects.toMatchObject({ field: 'prompt[0]' });
  });
});

describe(`several choices (seed ${seed})`, () => {
  it('differ, begin with the one that n = 1 gives, and feed the prompt once', async () => {
    const params = { messages: [{ role: 'user' as const, content: `A question of its own, ${seed}` }], max_tokens: 12 };
    const sampled = { ...params, temperature: 1.5, seed: 7 };
    const several = await engine.chat.completions.create({ ...sampled, n: 3 });
    expect(several.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(several.choices.map(({ message }) => message.content)).size).toBe(3);
    const { prompt_tokens: prompt, prompt_tokens_details: details, completion_tokens: completion } = several.usage;
    expect(completion).toBe(36);
    expect(details.cached_tokens).toBeLessThan(prompt - 1);
    const one = await engine.chat.completions.create(sampled);
    expect(one.choices).toEqual(several.choices.slice(0, 1));
    expect(one.usage.prompt_tokens_details.cached_tokens, 'all but the last token were kept').toBe(prompt - 1);
    expect(await engine.chat.completions.create({ ...sampled, n: 3 })).toMatchObject({ choices: several.choices });
  });

  it('are streamed one after the other, each with its role and its end', async () => {
    const chunks: api.ChatCompletionChunk[] = [];
    const params = {
      messages,
      n: 2,
      max_tokens: 4,
      seed: 1,
      stream: true,
      stream_options: { include_usage: true },
    } as const;
    for await (const chunk of await engine.chat.completions.create(params)) chunks.push(chunk);
    const usage = chunks.pop();
    expect(usage).toMatchObject({ choices: [], usage: { completion_tokens: 8 } });
    expect(chunks.every((chunk) => chunk.usage === null)).toBe(true);
    for (const index of [0, 1]) {
      const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own[0].delta).toEqual({ role: 'assistant', content: '' });
      expect(own.slice(1).every(({ delta }) => delta.role === undefined)).toBe(true);
      expect(own.map(({ finish_reason }) => finish_reason).filter((reason) => reason !== null)).toEqual(['length']);
      expect(own.at(-1)?.finish_reason).toBe('length');
    }
  });
});

describe(`log probabilities (seed ${seed})`, () => {
  const prompt = [TOKENS.start, ...bytes('user Hi'), TOKENS.end, TOKENS.start, ...bytes('assistant ')];
  const params = {
    messages,
    max_tokens: 12,
    temperature: 1.2,
    repetition_penalty: 1.3,
    seed: 3,
    logit_bias: { 65: 4 },
  };

  it('of a chat are those of the model’s own logits, in OpenAI’s shape, and change no token', async () => {
    const plain = await engine.chat.completions.create(params);
    expect(plain.choices[0].logprobs).toBeNull();
    const { choices } = await engine.chat.completions.create({ ...params, logprobs: true, top_logprobs: 3 });
    const [{ message, logprobs }] = choices;
    expect(message).toEqual(plain.choices[0].message);
    const tokens = logprobs?.content ?? [];
    expect(tokens).toHaveLength(12);
    const text = [...prompt];
    for (const token of tokens) {
      const id = idOf(token);
      expect(token).toMatchObject(spelled(id));
      const all = await weighed(text, [...Array(engine.info.config.vocabSize).keys()]);
      expect(token.logprob).toBeCloseTo(all[id], 3);
      const best = [...all.keys()].sort((left, right) => all[right] - all[left] || left - right).slice(0, 3);
      expect(token.top_logprobs).toMatchObject(best.map(spelled));
      token.top_logprobs.forEach(({ logprob }, rank) => {
        expect(logprob).toBeCloseTo(all[best[rank]], 3);
      });
      text.push(id);
    }
    expect(textOf(text.slice(prompt.length))).toBe(message.content);
  });

  it.each([
    { stepsPerSubmit: 1, submitsInFlight: 1 },
    { stepsPerSubmit: 3, submitsInFlight: 2 },
  ])('come with their text in a stream, the same at the pace %j', async (pace) => {
    const asked = { ...params, logprobs: true, top_logprobs: 1 };
    const whole = await engine.chat.completions.create(asked);
    const other = await createEngine({ model: url, pace });
    try {
      const tokens: api.ChatCompletionTokenLogprob[] = [];
      let text = '';
      for await (const { choices } of await other.chat.completions.create({ ...asked, stream: true })) {
        text += choices[0].delta.content ?? '';
        tokens.push(...(choices[0].logprobs?.content ?? []));
      }
      expect(text).toBe(whole.choices[0].message.content);
      expect(tokens).toEqual(whole.choices[0].logprobs?.content);
    } finally {
      await other.dispose();
    }
  });

  it('of a text completion have OpenAI’s older shape', async () => {
    const asked = { prompt: ['Once', 'A tern'], temperature: 0, max_tokens: 5, n: 2, logprobs: 2 };
    const { choices } = await engine.completions.create(asked);
    for (const [index, { text, logprobs }] of choices.entries()) {
      const ids = await likeliest(bytes(asked.prompt[Math.floor(index / 2)]), 5);
      expect(logprobs?.tokens).toEqual(ids.map((id) => spelled(id).token));
      const offsets = ids.map(
        (_, place) =>
          new TextDecoder().decode(Uint8Array.from(ids.slice(0, place).filter((id) => id < 256)), { stream: true })
            .length,
      );
      expect(logprobs?.text_offset).toEqual(offsets);
      expect(textOf(ids)).toBe(text);
      logprobs?.top_logprobs.forEach((top, place) => {
        expect(Math.max(...Object.values(top))).toBe(logprobs.token_logprobs[place]);
        expect(top[logprobs.tokens[place]]).toBe(logprobs.token_logprobs[place]);
      });
    }
  });
});

describe(`logit_bias (seed ${seed})`, () => {
  it('forces and forbids tokens, and costs others nothing afterwards', async () => {
    const params = { prompt: 'Once', temperature: 0, max_tokens: 4 };
    const plain = await engine.completions.create(params);
    const forced = await engine.completions.create({ ...params, logit_bias: { 65: 100 } });
    expect(forced.choices[0].text).toBe('AAAA');
    const asked = { messages, temperature: 0, max_tokens: 4, logprobs: true };
    const idsOf = ({ choices }: api.ChatCompletion) => (choices[0].logprobs?.content ?? []).map(idOf);
    const [likely] = idsOf(await engine.chat.completions.create(asked));
    const without = idsOf(await engine.chat.completions.create({ ...asked, logit_bias: { [likely]: -100 } }));
    expect(without).toHaveLength(4);
    expect(without).not.toContain(likely);
    expect((await engine.completions.create(params)).choices).toEqual(plain.choices);
  });
});
