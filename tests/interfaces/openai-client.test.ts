import OpenAI, { APIUserAbortError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../src/api';
import { openaiFetch } from '../../src/api/openai-client';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const model = 'tiny';

describe(`the client of the package openai, answered by an engine (seed ${seed})`, () => {
  let url: string;
  let engine: Engine;
  let client: OpenAI;
  beforeAll(async () => {
    url = await startHost((await tinyPack(new Random(seed), { endTokens: [] })).files);
    engine = await createEngine({ model: url });
    const fetch = openaiFetch(engine);
    client = new OpenAI({ apiKey: 'none', baseURL: 'https://sterna.invalid/v1', fetch, dangerouslyAllowBrowser: true });
  });
  afterAll(async () => {
    await engine.dispose();
    await stopHost(url);
  });
  const chat = { model, messages: [{ role: 'user' as const, content: 'Hi' }], max_tokens: 20, seed: 1 };
  const text = { model, prompt: 'Terns', max_tokens: 20, seed: 1 };

  it('chats, at once and as it comes', async () => {
    const expected = await engine.chat.completions.create(chat);
    const { choices, usage } = await client.chat.completions.create({ ...chat, n: 2 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(choices[0].message.content).toBe(expected.choices[0].message.content);
    expect(usage?.completion_tokens).toBe(2 * expected.usage.completion_tokens);
    let streamed = '';
    let tokens: number | undefined;
    const stream_options = { include_usage: true };
    for await (const chunk of await client.chat.completions.create({ ...chat, stream: true, stream_options })) {
      streamed += chunk.choices[0]?.delta.content ?? '';
      tokens = chunk.usage?.completion_tokens;
    }
    expect(streamed).toBe(expected.choices[0].message.content);
    expect(tokens).toBe(expected.usage.completion_tokens);
  });

  it('goes on from texts, at once and as it comes', async () => {
    const expected = await engine.completions.create(text);
    const whole = await client.completions.create(text);
    expect(whole.choices[0].text).toBe(expected.choices[0].text);
    let streamed = '';
    for await (const { choices } of await client.completions.create({ ...text, stream: true })) {
      streamed += choices[0].text;
    }
    expect(streamed).toBe(expected.choices[0].text);
  });

  it('lists the model', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual([engine.info.name]);
  });

  it('is told what is refused, by name, and what is not there', async () => {
    const refused = client.chat.completions.create({ ...chat, temperature: 3 });
    await expect(refused).rejects.toThrow(BadRequestError);
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'temperature', type: 'invalid_request_error' });
    await expect(client.embeddings.create({ model, input: 'Hi' })).rejects.toThrow(NotFoundError);
  });

  it('stops an answer, before its first token and in the middle', async () => {
    const stop = new AbortController();
    const endless = { ...chat, max_tokens: 100_000, stream: true } as const;
    const chunks = await client.chat.completions.create(endless, { signal: stop.signal });
    const ids: string[] = [];
    for await (const { id } of chunks) if (ids.push(id) === 3) stop.abort();
    expect(ids.length).toBeLessThan(1000);
    await expect(client.chat.completions.create(chat, { signal: stop.signal })).rejects.toThrow(APIUserAbortError);
    expect((await client.completions.create(text)).choices).toHaveLength(1);
  });

  it('is told once that an engine is no more', async () => {
    const other = await createEngine({ model: url });
    let asked = 0;
    const fetch = openaiFetch(other);
    const counting: typeof fetch = (...request) => (asked++, fetch(...request));
    const { completions } = client.withOptions({ fetch: counting });
    await other.dispose();
    await expect(completions.create(text)).rejects.toThrow(InternalServerError);
    expect(asked).toBe(1);
  });
});
