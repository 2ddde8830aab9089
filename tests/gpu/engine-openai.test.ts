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
