import { expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { startHost, stopHost, takeHostLog } from '../support/browser-host';
import { stateWithoutWorkers } from '../support/browser-state';
import { Random } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

/** How long work is looked out for, in milliseconds. */
const WHILE = 1000;

/** Processor time that the browser's GPU process, which is SwiftShader's, takes in a while: seconds. */
async function gpuSecondsInAWhile(): Promise<number> {
  const { gpuSeconds } = await commands.browserState();
  await new Promise((resolve) => setTimeout(resolve, WHILE));
  return (await commands.browserState()).gpuSeconds - gpuSeconds;
}

it('leaves no work running when its page goes away amid an answer', async () => {
  const model = await startHost((await tinyPack(new Random(1), { chunkBytes: 4096 })).files);
  const idle = await gpuSecondsInAWhile();
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const begun = new Promise((resolve) => {
    addEventListener('message', ({ data }) => {
      if (data === 'decoding') resolve(undefined);
    });
  });
  const script = document.createElement('script');
  script.type = 'module';
  script.textContent = `
    import { createEngine } from '/src/api/index.ts';
    const engine = await createEngine({ model: ${JSON.stringify(model)} });
    const messages = [{ role: 'user', content: 'Hi' }];
    for (;;) {
      const chunks = await engine.chat.completions.create({ messages, stream: true, temperature: 2 });
      for await (const { choices } of chunks) if (choices[0].delta.content) parent.postMessage('decoding', '*');
    }`;
  frame.contentDocument?.head.append(script);
  await begun;
  const working = await gpuSecondsInAWhile();
  // The runtime's and the one that makes prompts.
  expect((await commands.browserState()).workers).toBe(2);
  frame.remove();
  await stateWithoutWorkers();
  await takeHostLog(model);
  const afterwards = await gpuSecondsInAWhile();
  console.log(`seconds of work in ${WHILE} ms: ${idle} before, ${working} while decoding, ${afterwards} afterwards`);
  expect(afterwards).toBeLessThanOrEqual(idle + (working - idle) / 4);
  expect(await takeHostLog(model)).toEqual([]);
  await stopHost(model);
});
