import { Ajv2020 } from 'ajv/dist/2020';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../src/api';
import { xgrammar } from '../../src/api/grammar';
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
  const count = cases({ few: 40, many: 200 });

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
