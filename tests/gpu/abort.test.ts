import { afterAll, beforeAll, expect, it } from 'vitest';
import { Bench } from '../../bench/measure/bench';
import { startHost, stopHost } from '../support/browser-host';
import { Random } from '../support/random';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

/** Promised are 50 ms, on a GPU; here the CPU does its work, and shares its cores. Only what hangs takes longer than this. */
const PATIENCE = 2000;

const bench = new Bench();
let bundledUrl: string;
beforeAll(async () => {
  bundledUrl = await startHost((await tinyPack(new Random(1), { chunkBytes: 4096 })).files);
  await bench.open('tiny', { seed: 1, embeddings: 'F16', bundledUrl, device: {}, model: {} });
});
afterAll(async () => {
  bench.close();
  await stopHost(bundledUrl);
});

it('stops at every stage, and leaves a usable model', async () => {
  const runs = cases({ few: 1, many: 20 });
  const times = await bench.measure('abort', 'smoke', { runs, prompts: [200] });
  expect(Object.keys(times)).toEqual(['fetch', 'hash', 'upload', 'compile', 'prefill', 'decode']);
  for (const [stage, { rejection, lastSubmit, idle }] of Object.entries(times)) {
    const told = [rejection, lastSubmit, idle].map(({ median, high }) => `${median.toFixed(1)} (${high.toFixed(1)})`);
    console.log(`${stage}: rejected after ${told[0]} ms, last submit after ${told[1]} ms, idle after ${told[2]} ms`);
    expect(rejection.high, stage).toBeLessThan(PATIENCE);
    expect(lastSubmit.high, stage).toBeLessThan(PATIENCE);
  }
  expect((await bench.measure('memory', 'smoke')).agreement).toEqual({ decoded: 16, agreeing: 16 });
}, 600_000);
