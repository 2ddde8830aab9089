import { Ajv2020 } from 'ajv/dist/2020';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, RequestError, type Engine } from '../../src/api';
import { responseFormat, xgrammar } from '../../src/api/grammar';
import type { ResponseFormat } from '../../src/api/openai';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { randomSchema } from '../support/random-schema';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const messages = [{ role: 'user' as const, content: 'Hi' }];
/** For the long form. */
const LONG = 600_000;
const HOT = { temperature: 1.5, top_k: 0, max_tokens: 160 };

let url: string;
let engine: Engine;
beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed))).files);
  engine = await createEngine({ model: url, grammar: xgrammar() });
});
afterAll(async () => {
  await engine.dispose();
  await stopHost(url);
});

async function answer(format: ResponseFormat, random: Random, options: object = HOT) {
  const completion = await engine.chat.completions.create({
    messages,
    response_format: format,
    seed: random.uint32(),
    ...options,
  });
  const [{ message, finish_reason: reason }] = completion.choices;
  return { text: message.content, hasEnded: reason === 'stop', tokens: completion.usage.completion_tokens };
}

function bySchema(schema: unknown): ResponseFormat {
  return { type: 'json_schema', json_schema: { name: 'test', schema: schema as Record<string, unknown> } };
}

describe(`an answer by a schema (seed ${seed})`, () => {
  const count = cases({ few: 12, many: 200 });

  it(
    `is valid wherever it ends by itself: ${count} random schemas, temperature 1.5`,
    async () => {
      let ended = 0;
      for (let index = 0; index < count; index++) {
        const random = new Random(seed + index);
        const schema = randomSchema(random);
        // `toString` and the like are names as any others.
        const ajv = new Ajv2020({ strict: false, ownProperties: true });
        const { text, hasEnded, tokens } = await answer(bySchema(schema), random);
        const told = `schema ${index}: ${JSON.stringify(schema)} gave ${text}`;
        expect(tokens, told).toBeLessThanOrEqual(HOT.max_tokens);
        if (!hasEnded) continue;
        ended++;
        const isValid = ajv.validate(schema as object, JSON.parse(text));
        expect(isValid, `${told}: ${ajv.errorsText()}`).toBe(true);
      }
      console.log(`${ended} of ${count} answers ended by themselves (seed ${seed})`);
      expect(ended).toBeGreaterThan(count / 4);
    },
    LONG,
  );
});

it('is a JSON object where no schema says more', async () => {
  const random = new Random(seed);
  for (let index = 0; index < 5; index++) {
    const { text, hasEnded } = await answer({ type: 'json_object' }, random);
    expect(text).toMatch(/^\{/);
    if (hasEnded) expect(JSON.parse(text)).toBeTypeOf('object');
  }
});

it('keeps to it greedily and with penalties too', async () => {
  const random = new Random(seed);
  const schema = {
    type: 'object',
    properties: { ok: { type: 'boolean' } },
    required: ['ok'],
    additionalProperties: false,
  };
  for (const options of [
    { temperature: 0 },
    { temperature: 1, top_k: 3, repetition_penalty: 10 },
    { temperature: 1.5, top_p: 0.1, presence_penalty: -2, frequency_penalty: -2 },
    { temperature: 2, min_p: 1, repetition_penalty: 0.1 },
  ]) {
    const { text, hasEnded } = await answer(bySchema(schema), random, options);
    expect(hasEnded).toBe(true);
    expect(text).toMatch(/^\{"ok": ?(true|false)\}$/);
  }
});

it.each([
  [/[a-z]{3,8}(?:-\d+)?/],
  [/(?:yes|no|maybe), (?<why>[A-Z][a-z ]{0,20}\.)/],
  [/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/],
  [/^(?:[\u{1F600}-\u{1F64F}]|\w){1,10}$/u],
  [/"[^"\\]*"|\S{2}/],
  [/(?:a|)/],
])('matches %s as a whole', async (expression) => {
  const random = new Random(seed);
  let ended = 0;
  for (let index = 0; index < 4; index++) {
    const { text, hasEnded } = await answer(responseFormat(expression), random);
    if (!hasEnded) continue;
    ended++;
    expect(new RegExp(`^(?:${expression.source})$`, expression.flags).test(text), text).toBe(true);
  }
  expect(ended).toBeGreaterThan(0);
});

it('claims nothing where max_tokens cuts', async () => {
  const format = bySchema({ type: 'string', minLength: 100 });
  const { text, hasEnded, tokens } = await answer(format, new Random(seed), { ...HOT, max_tokens: 10 });
  expect({ hasEnded, tokens }).toEqual({ hasEnded: false, tokens: 10 });
  expect(text).toMatch(/^"/);
});

it('ends at a stop string as any answer', async () => {
  const { text, hasEnded } = await answer(responseFormat(/a+b{100}/), new Random(seed), { stop: 'bbb' });
  expect(text).toMatch(/^a+$/);
  expect(hasEnded).toBe(true);
});

it('streams, can be left and aborted, and answers freely in between', async () => {
  const format = responseFormat(/[a-z]{100}/);
  const stop = new AbortController();
  const chunks = await engine.chat.completions.create({
    messages,
    response_format: format,
    stream: true,
    signal: stop.signal,
  });
  const reading = (async () => {
    let text = '';
    for await (const { choices } of chunks) {
      text += choices[0].delta.content ?? '';
      if (text.length > 5) stop.abort(new Error('enough'));
    }
  })();
  await expect(reading).rejects.toThrow('enough');
  for await (const { choices } of await engine.chat.completions.create({
    messages,
    response_format: format,
    stream: true,
  })) {
    if ((choices[0].delta.content ?? '') !== '') break;
  }
  const free = await engine.chat.completions.create({ messages, max_tokens: 5, seed: 1 });
  const plain = await createEngine({ model: url });
  const same = await plain.chat.completions.create({ messages, max_tokens: 5, seed: 1 });
  await plain.dispose();
  expect(free.choices).toEqual(same.choices);
  expect((await answer(responseFormat(/ab/), new Random(seed))).text).toBe('ab');
});

/** Schemas within each other, more than any answer has. */
function nested(levels: number): Record<string, unknown> {
  return levels === 0 ? {} : { type: 'array', items: nested(levels - 1) };
}

const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`p${index}`, { type: 'string' }]));

describe('a hostile form is refused, and the next request is answered', () => {
  it.each([
    ['nested deeply', bySchema(nested(500))],
    ['of very many properties', bySchema({ type: 'object', properties: wide })],
    ['that is itself', bySchema({ $ref: '#' })],
    ['that contains itself without end', bySchema({ type: 'array', minItems: 1, items: { $ref: '#' } })],
    ['of a very long text', bySchema({ type: 'string', minLength: 10_000_000 })],
    ['of no answer at all', bySchema({ type: 'integer', minimum: 3, maximum: 2 })],
    ['with a keyword that is not enforced', bySchema({ type: 'array', uniqueItems: true })],
    ['that is no regular expression', { type: 'regex', pattern: '(' } as const],
    ['that repeats repetitions', { type: 'regex', pattern: '(?:(?:a{1000}){1000}){1000}' } as const],
    ['of deep groups', { type: 'regex', pattern: `${'('.repeat(5000)}a${')'.repeat(5000)}` } as const],
    ['that looks back', { type: 'regex', pattern: '(a)\\1' } as const],
  ])('%s', async (_, format) => {
    const failure = await answer(format, new Random(seed)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RequestError);
    expect((failure as RequestError).field).toMatch(/^response_format/);
    expect((await answer(responseFormat(/ab/), new Random(seed))).text).toBe('ab');
  });
});

it('is refused by name without a grammar engine, and where the model has no end token', async () => {
  const plain = await createEngine({ model: url });
  expect([plain.info.hasGrammar, engine.info.hasGrammar]).toEqual([false, true]);
  const asked = { messages, response_format: { type: 'json_object' as const } };
  await expect(plain.chat.completions.create(asked)).rejects.toThrow('response_format: needs a grammar engine');
  await plain.dispose();
  const endless = await startHost((await tinyPack(new Random(seed), { endTokens: [] })).files);
  const other = await createEngine({ model: endless, grammar: xgrammar() });
  await expect(other.chat.completions.create(asked)).rejects.toThrow(
    'response_format: needs a model with an end token',
  );
  await other.dispose();
  await stopHost(endless);
});
