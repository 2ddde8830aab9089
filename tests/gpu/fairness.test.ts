import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine, RequestError, type ChatCompletionCreateParamsNonStreaming, type Engine } from '../../src/api';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const random = new Random(seed);
let url: string;
let engine: Engine;
beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096 })).files);
  engine = await createEngine({ model: url });
});
afterAll(async () => {
  await engine.dispose();
  await stopHost(url);
});

/** A request of its own sampling, to one of a few conversations, some of which begin alike. */
function randomRequest(): ChatCompletionCreateParamsNonStreaming {
  const opening = { role: 'user' as const, content: random.pick(['Hi', 'Hello there', 'Hello']) };
  const more = [
    { role: 'assistant' as const, content: 'Yes?' },
    { role: 'user' as const, content: random.pick(['Why?', 'How so?']) },
  ];
  return {
    messages: random.chance(0.5) ? [opening] : [opening, ...more],
    max_tokens: random.integer(1, 24),
    temperature: random.pick([0, 0.7, 1.3]),
    frequency_penalty: random.pick([0, 0.4]),
    seed: random.uint32(),
  };
}

type Fate = 'answered' | 'aborted while it waits' | 'aborted while it runs' | 'left' | 'refused' | 'logits';

it(`answers requests in order, whatever becomes of those beside them (seed ${seed})`, async () => {
  for (let round = 0; round < cases({ few: 3, many: 40 }); round++) {
    // The first is one that runs a while, so that another can be aborted while it waits.
    const others: Fate[] = [
      'answered',
      'answered',
      'aborted while it runs',
      'aborted while it waits',
      'left',
      'refused',
      'logits',
    ];
    const shuffled = others.map((fate) => ({ fate, key: random.uint32() })).sort((a, b) => a.key - b.key);
    const order = [{ fate: 'answered' as Fate }, ...shuffled].map(({ fate }) => ({ fate, params: randomRequest() }));
    const alone = new Map<object, string | null>();
    for (const { fate, params } of order) {
      if (fate === 'answered')
        alone.set(params, (await engine.chat.completions.create(params)).choices[0].message.content);
    }
    const ids = Array.from({ length: 30 }, () => random.integer(0, 255));
    const logits = await engine.logits(ids);

    const firsts: object[] = [];
    const ask = async (fate: Fate, params: ChatCompletionCreateParamsNonStreaming) => {
      if (fate === 'logits') {
        expect(await engine.logits(ids)).toEqual(logits);
        return;
      }
      if (fate === 'refused') {
        await expect(engine.logits([1, -1])).rejects.toThrow(RequestError);
        return;
      }
      const controller = new AbortController();
      const long = fate === 'answered' ? {} : { max_tokens: 100_000 };
      const given = { ...params, ...long, stream: true as const, signal: controller.signal };
      const read = async () => {
        let text = '';
        for await (const { choices } of await engine.chat.completions.create(given)) {
          const content = choices[0].delta.content ?? '';
          if (content === '') continue;
          if (text === '') firsts.push(params);
          text += content;
          if (fate === 'aborted while it runs') controller.abort(new Error('mine'));
          if (fate === 'left') break;
        }
        return text;
      };
      if (fate === 'aborted while it waits') {
        setTimeout(() => {
          controller.abort(new Error('mine'));
        });
      }
      const reading = read();
      if (fate === 'answered') {
        expect(await reading).toBe(alone.get(params));
      } else if (fate === 'left') {
        await reading;
      } else {
        // One that runs may end before its first piece, and is not aborted then.
        const text = await reading.catch((error: unknown) => (error as Error).message);
        expect(fate === 'aborted while it runs' ? ['mine', ''] : ['mine']).toContain(text);
      }
    };
    await Promise.all(order.map(({ fate, params }) => ask(fate, params)));
    const asked = order.map(({ params }) => params).filter((params) => firsts.includes(params));
    expect(firsts).toEqual(asked);
  }
});
