import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { xgrammar } from '../../src/api/grammar';
import type { AnswerEvent } from '../../src/worker/answers';
import type { DeviceEvent } from '../../src/worker/device-session';
import { Engine } from '../../src/worker/engine';
import { MemoryStore } from '../../src/worker/memory-store';
import { openGpuDevice } from '../../src/worker/model';
import { portTo } from '../../src/worker/wire/port';
import { CallSignal } from '../../src/worker/wire/signal';
import { readStream } from '../../src/worker/wire/stream';
import { unlessAborted } from '../../src/worker/wire/unless-aborted';
import { openBorder } from '../support/border';
import { startHost, stopHost } from '../support/browser-host';
import { DeviceStages } from '../support/device-stages';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { MemoryTuningStore } from '../support/memory-tuning-store';
import { Random, testSeed } from '../support/random';
import { isSoak } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const closers: (() => unknown)[] = [];
let url: string;
let stages: DeviceStages;

beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed))).files);
  stages = new DeviceStages();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  stages.stop();
  await stopHost(url);
});

/** An answer by an engine on this thread, whose device is lost after so many of its texts. */
async function answer(lostAfter: number) {
  stages.begin();
  const store = new MemoryStore();
  const engine = new Engine(store, new MemoryTuningStore(), openGpuDevice, new InThreadPrompts());
  const { remote, close } = openBorder(engine);
  closers.push(() => remote.dispose(), close);
  const events: DeviceEvent[] = [];
  const tell = portTo((event: DeviceEvent) => events.push(event));
  await remote.load(url, { grammar: xgrammar() }, portTo(undefined), tell);
  const call = new CallSignal(undefined);
  const params = {
    messages: [{ role: 'user', content: 'Hi' }],
    temperature: 1.5,
    top_k: 40,
    seed: seed & 0xffff,
    max_tokens: 100,
    response_format: { type: 'regex', pattern: '(?:[a-z]{3}[0-9]){10}' },
  };
  const reader = readStream<AnswerEvent>(await remote.chat(params, call.signal), unlessAborted, call);
  let text = '';
  let count = 0;
  for await (const event of reader) {
    if (event.kind === 'text') text += event.text;
    if (++count === lostAfter) stages.lose();
  }
  return { text, events: events.map(({ kind }) => kind) };
}

it(`goes on within its grammar when the device is lost (seed ${seed})`, async () => {
  const undisturbed = await answer(Infinity);
  expect(undisturbed.text).toMatch(/^(?:[a-z]{3}[0-9]){10}$/);
  for (const lostAfter of isSoak ? [1, 5, 17, 39] : [9]) {
    const { text, events } = await answer(lostAfter);
    expect(text).toBe(undisturbed.text);
    expect(events).toContain('lost');
  }
});
