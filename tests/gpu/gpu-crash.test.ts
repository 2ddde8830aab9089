import { expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { createEngine, type DeviceEvent } from '../../src/api';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();

it(`gives the same answer when the browser's GPU process crashes in the middle of it (seed ${seed})`, async () => {
  const model = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096 })).files);
  const events: DeviceEvent['kind'][] = [];
  const engine = await createEngine({ model, onDeviceEvent: ({ kind }) => events.push(kind) });
  const ask = async (onText?: () => Promise<void>) => {
    const texts: string[] = [];
    // Random enough that an answer hardly ever ends by itself at once.
    for (let index = 0; index < 8; index++) {
      const messages = [{ role: 'user' as const, content: `Question ${index}` }];
      const params = { messages, max_tokens: 60, temperature: 1.5, seed: index, stream: true as const };
      let text = '';
      for await (const { choices } of await engine.chat.completions.create(params)) {
        text += choices[0].delta.content ?? '';
        if (text.length > 10) {
          await onText?.();
          onText = undefined;
        }
      }
      texts.push(text);
    }
    return texts;
  };
  const expected = await ask();
  const actual = await ask(() => commands.crashGpuProcess());
  expect(actual).toEqual(expected);
  await expect.poll(() => events).toEqual(['lost', 'restored']);
  await engine.dispose();
  await stopHost(model);
});
