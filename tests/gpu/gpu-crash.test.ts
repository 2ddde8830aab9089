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
  const questions = Array.from({ length: 8 }, (_, index) => `Question ${index}`);
  const answer = async (content: string, seedOfAnswer: number, onText?: () => void) => {
    const params = { max_tokens: 60, temperature: 1.5, seed: seedOfAnswer, stream: true as const };
    let text = '';
    for await (const { choices } of await engine.chat.completions.create({
      messages: [{ role: 'user', content }],
      ...params,
    })) {
      text += choices[0].delta.content ?? '';
      if (text.length > 10) onText?.();
    }
    return text;
  };
  // All at once: one is being answered, the others wait.
  const ask = (onText?: () => void) => Promise.all(questions.map((question, index) => answer(question, index, onText)));
  const expected = await ask();
  let crash: Promise<void> | undefined;
  const actual = await ask(() => {
    crash ??= commands.crashGpuProcess();
  });
  await crash;
  expect(actual).toEqual(expected);
  await expect.poll(() => events).toEqual(['lost', 'restored']);
  await engine.dispose();
  await stopHost(model);
});
