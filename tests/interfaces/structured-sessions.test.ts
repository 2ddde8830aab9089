import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, RequestError, type Engine } from '../../src/api';
import { responseFormat, xgrammar } from '../../src/api/grammar';
import type { ResponseFormat } from '../../src/api/openai';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const SYSTEM = 'Speak as terns do.';
const CODE = /[a-f]{3}-\d/;
const WHOLE_CODE = /^[a-f]{3}-\d$/;
const code = responseFormat(CODE);
const verdict = responseFormat({
  type: 'object',
  properties: { ok: { type: 'boolean' } },
  required: ['ok'],
  additionalProperties: false,
});
const VERDICT = /^\{"ok": ?(?:true|false)\}$/;
/** A free answer, which hardly ever has a form by chance. */
const FREE = { max_tokens: 12, seed };

let url: string;
let engine: Engine;
/** Has neither a grammar engine nor the sessions' states. */
let plain: Engine;
beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096 })).files);
  [engine, plain] = await Promise.all([
    createEngine({ model: url, grammar: xgrammar() }),
    createEngine({ model: url }),
  ]);
});
afterAll(async () => {
  await Promise.all([engine.dispose(), plain.dispose()]);
  await stopHost(url);
});

/** What an engine that knows of no forms answers to all that was said. */
async function freely(messages: Parameters<Engine['chat']['completions']['create']>[0]['messages']): Promise<string> {
  const { choices } = await plain.chat.completions.create({ messages, ...FREE });
  return choices[0].message.content;
}

async function joined(pieces: ReadableStream<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe(`a session with a response_format (seed ${seed})`, () => {
  it('holds that answer to it, and the next one to nothing', async () => {
    const session = await engine.sessions.create({ system: SYSTEM });
    expect(await session.prompt('One?', { response_format: code })).toMatch(WHOLE_CODE);
    const second = [...session.messages, { role: 'user' as const, content: 'Two?' }];
    expect(await session.prompt('Two?', FREE)).toBe(await freely(second));
    expect(await joined(session.promptStreaming('Three?', { response_format: verdict }))).toMatch(VERDICT);
    const fourth = [...session.messages, { role: 'user' as const, content: 'Four?' }];
    expect(await joined(session.promptStreaming('Four?', FREE))).toBe(await freely(fourth));
    expect(session.messages).toHaveLength(9);
  });

  it('holds all answers to one that it was created with, but for prompts that say otherwise', async () => {
    const session = await engine.sessions.create({ system: SYSTEM, response_format: code });
    expect(await session.prompt('One?')).toMatch(WHOLE_CODE);
    expect(await joined(session.promptStreaming('Two?'))).toMatch(WHOLE_CODE);
    expect(await session.prompt('Three?', { response_format: verdict })).toMatch(VERDICT);
    for (const response_format of [{ type: 'text' as const }, null]) {
      const asked = [...session.messages, { role: 'user' as const, content: 'Freely?' }];
      expect(await session.prompt('Freely?', { ...FREE, response_format })).toBe(await freely(asked));
    }
    const clone = await session.clone();
    expect(await clone.prompt('Still?')).toMatch(WHOLE_CODE);
    const restored = await engine.sessions.restore(await session.save(), { response_format: verdict });
    expect(await restored.prompt('Another?')).toMatch(VERDICT);
  });

  const wrong: [what: string, response_format: unknown, field: string][] = [
    ['of no kind', { type: 'xml' }, 'response_format.type'],
    ['with a keyword that is not enforced', responseFormat({ type: 'array', uniqueItems: true }), 'uniqueItems'],
    ['that looks back', responseFormat(/(a)\1/), 'response_format.pattern'],
    ['that is within itself', circular(), 'response_format.json_schema.schema'],
  ];

  it.each(wrong)('refuses one %s by name, and stays as it was', async (_, given, field) => {
    const response_format = given as ResponseFormat;
    const session = await engine.sessions.create({ system: SYSTEM });
    await session.prompt('One?', { response_format: code });
    const { messages, usage } = session;
    for (const ask of [
      () => session.prompt('Two?', { response_format }),
      () => joined(session.promptStreaming('Two?', { response_format })),
    ]) {
      const refusal = await ask().catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RequestError);
      expect((refusal as RequestError).field).toContain(field);
    }
    expect(session.messages).toEqual(messages);
    expect(session.usage).toEqual(usage);
    const asked = [...messages, { role: 'user' as const, content: 'Two?' }];
    expect(await session.prompt('Two?', FREE)).toBe(await freely(asked));
  });

  it('is refused by name where there is no grammar engine', async () => {
    const refusal = {
      name: 'RequestError',
      field: 'response_format.pattern',
      reason: expect.stringContaining('needs a grammar engine') as unknown,
    };
    await expect(plain.sessions.create({ system: SYSTEM, response_format: code })).rejects.toMatchObject(refusal);
    const session = await plain.sessions.create({ system: SYSTEM, response_format: { type: 'text' } });
    const saved = await session.save();
    await expect(plain.sessions.restore(saved, { response_format: code })).rejects.toMatchObject(refusal);
    await expect(session.prompt('One?', { response_format: code })).rejects.toMatchObject(refusal);
    expect(session.messages).toHaveLength(1);
    await expect(plain.sessions.create({ response_format: { type: 'xml' } as never })).rejects.toThrow(
      'response_format',
    );
  });
});

function circular(): ResponseFormat {
  const schema: Record<string, unknown> = {};
  schema.not = schema;
  return responseFormat(schema);
}
