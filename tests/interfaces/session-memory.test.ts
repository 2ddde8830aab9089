import { afterAll, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { createEngine } from '../../src/api';
import { STORED_STATES } from '../../src/model/state-cache';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
/** SwiftShader takes some 3 ms a step. */
const STEPS = cases({ few: 1000, many: 100_000 });
const WARM_STEPS = 200;
/** For the long form. */
const LONG = 1_200_000;
/**
 * A token is in the text, in its ids, and in those of the states that are kept of it, of which each has the ids before it. A
 * state for every 64 tokens would be far more.
 */
const OBJECT_BYTES_PER_TOKEN = 200;
/** A tenth of what states for every 64 tokens would be in the long form. */
const BUFFER_BYTES = 32 * 1024;

let url = '';
afterAll(() => stopHost(url));

it(
  `a session takes no more memory after ${STEPS} steps, but for its text (seed ${seed})`,
  async () => {
    url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096, endTokens: [] })).files);
    await commands.watchHeap();
    const engine = await createEngine({ model: url });
    // The copies of states on the GPU are made as they are needed, and no more of them.
    for (let text = 0; text < STORED_STATES; text++) {
      await engine.chat.completions.create({ messages: [{ role: 'user', content: `${text}` }], max_tokens: 2 });
    }
    const session = await engine.sessions.create({ system: 'Speak for ever.' });
    await session.prompt('Begin', { max_tokens: WARM_STEPS });
    const [gpu, before] = [await engine.gpuBytes(), await commands.heldMemory()];
    await session.prompt('Go on', { max_tokens: STEPS });
    expect(session.usage?.completion_tokens).toBe(STEPS);
    expect(await engine.gpuBytes()).toEqual(gpu);
    const after = await commands.heldMemory();
    console.log(JSON.stringify({ before, after }));
    expect(before.buffers).toBeGreaterThan(0);
    expect(after.buffers - before.buffers).toBeLessThan(BUFFER_BYTES);
    expect(after.objects - before.objects).toBeLessThan(OBJECT_BYTES_PER_TOKEN * STEPS);
    await session.rewind(1);
    expect(await session.prompt('Begin', { max_tokens: 20, seed: 1 })).not.toBe('');
    await engine.dispose();
    await commands.stopWatchingHeap();
  },
  LONG,
);
