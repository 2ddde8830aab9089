import { expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { createEngine } from '../../src/api';
import { startHost, stopHost } from '../support/browser-host';
import { stateWithoutWorkers } from '../support/browser-state';
import { largePack } from '../support/large-pack';
import { Random } from '../support/random';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const LONG = 30 * 60_000;
/** What the page may hold more after all rounds than after the first: less than 3 KB a round. */
const HEAP_SLACK = 256 * 1024;
/** Half of what the large pack takes on the GPU. SwiftShader's memory is that of the browser's GPU process. */
const GPU_SLACK = 35e6;

it(
  'leaves the heap where it was, however often an engine is created, asked and disposed of',
  async () => {
    const model = await startHost((await tinyPack(new Random(1), { chunkBytes: 4096 })).files);
    const round = async () => {
      const engine = await createEngine({ model });
      await engine.chat.completions.create({ messages: [{ role: 'user', content: 'Hi' }], max_tokens: 3 });
      await engine.dispose();
    };
    const rounds = cases({ few: 3, many: 100 });
    // What is made once for all: caches of the browser, compiled code.
    await round();
    const before = await stateWithoutWorkers();
    for (let index = 0; index < rounds; index++) await round();
    const after = await stateWithoutWorkers();
    await stopHost(model);
    console.log(`${rounds} rounds: the heap grew by ${after.heap - before.heap} bytes`);
    expect(after.heap - before.heap).toBeLessThan(HEAP_SLACK);
  },
  LONG,
);

it(
  'gives the GPU’s memory back, after a load as after one that was aborted',
  async () => {
    const model = await startHost(await largePack());
    const before = await stateWithoutWorkers();
    for (let index = 0; index < cases({ few: 1, many: 10 }); index++) {
      const engine = await createEngine({ model });
      // Where the system does not tell there is nothing to compare.
      if (before.gpuBytes > 0)
        expect((await commands.browserState()).gpuBytes - before.gpuBytes).toBeGreaterThan(GPU_SLACK);
      await engine.dispose();
      expect((await stateWithoutWorkers()).gpuBytes - before.gpuBytes, 'after a load').toBeLessThan(GPU_SLACK);

      const controller = new AbortController();
      const onProgress = ({ bytesDone, bytesTotal }: { bytesDone: number; bytesTotal: number }) => {
        if (bytesDone > bytesTotal / 2) controller.abort(new Error('enough'));
      };
      await expect(createEngine({ model, onProgress, signal: controller.signal })).rejects.toThrow('enough');
      expect((await stateWithoutWorkers()).gpuBytes - before.gpuBytes, 'after an abort').toBeLessThan(GPU_SLACK);
    }
    await stopHost(model);
  },
  LONG,
);
