import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BufferAccount } from '../../bench/measure/buffer-account';
import { observe } from '../../bench/measure/observe';
import { DisposedError } from '../../src/errors';
import { GREEDY } from '../../src/model/sampling-options';
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
import { chatParams } from '../support/chat-params';
import { DeviceStages, STAGES, type Moment } from '../support/device-stages';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { MemoryTuningStore } from '../support/memory-tuning-store';
import { Random, testSeed } from '../support/random';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const random = new Random(seed);
/** For the long form. */
const LONG = 600_000;
const QUESTION = 'Why do terns fly so far? '.repeat(12);
const store = new MemoryStore();

let url: string;
let stages: DeviceStages;
let account: BufferAccount;
let submits = 0;
const ends: (() => void)[] = [];

beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096, endTokens: [] })).files);
  stages = new DeviceStages();
  account = new BufferAccount();
  ends.push(observe(GPUQueue.prototype, 'submit', () => submits++));
});
beforeEach(() => {
  stages.begin();
});
afterAll(async () => {
  stages.stop();
  account.stop();
  for (const end of ends) end();
  await stopHost(url);
});

/** An engine on this thread, so that all that it does on the GPU is seen. */
function open() {
  const { remote, close } = openBorder(
    new Engine(store, new MemoryTuningStore(), openGpuDevice, new InThreadPrompts()),
  );
  const events: DeviceEvent['kind'][] = [];
  const load = () =>
    remote.load(
      url,
      {},
      portTo(undefined),
      portTo(({ kind }: DeviceEvent) => events.push(kind)),
    );
  const answer = async (maxTokens: number) => {
    const call = new CallSignal(undefined);
    const end = await remote.chat(chatParams([QUESTION], { ...GREEDY, maxTokens }), call.signal);
    let text = '';
    for await (const event of readStream<AnswerEvent>(end, unlessAborted, call))
      if (event.kind === 'text') text += event.text;
    return text;
  };
  return { remote, close, events, load, answer };
}

/** Nothing is on the GPU, and nothing is sent there any more. */
async function expectNothingLeft(told: string): Promise<void> {
  expect(account.bytes, told).toBe(0);
  const before = submits;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(submits, told).toBe(before);
  expect(account.bytes, told).toBe(0);
}

describe(`an engine that is disposed of (seed ${seed})`, () => {
  it(
    'leaves nothing on the GPU and does no more there, at any moment of loading, prefill and decode',
    async () => {
      const whole = open();
      await whole.load();
      await whole.answer(40);
      const calls = { ...stages.calls };
      await whole.remote.dispose();
      whole.close();
      await expectNothingLeft('idle');

      for (let index = 0; index < cases({ few: 4, many: 60 }); index++) {
        const stage = STAGES[index % STAGES.length];
        const moment: Moment = { stage, call: random.integer(1, calls[stage]), delay: random.pick([0, 0, 1, 5]) };
        const told = `${JSON.stringify(moment)} of ${calls[stage]} calls`;
        const { remote, close, load, answer } = open();
        let disposing: Promise<void> | undefined;
        stages.begin(moment, () => {
          disposing = remote.dispose();
        });
        const work = load().then(() => answer(100_000));
        await expect(work, told).rejects.toThrow(DisposedError);
        await disposing;
        expect(stages.isDue, told).toBe(false);
        await expectNothingLeft(told);
        await expect(remote.gpuBytes()).rejects.toThrow(DisposedError);
        close();
      }
      const counts = STAGES.map((stage) => `${stages.hits.filter((hit) => hit === stage).length} in ${stage}`);
      console.log(`disposed of: ${counts.join(', ')} (seed ${seed})`);
    },
    LONG,
  );

  it('leaves nothing on the GPU while it recovers from a lost device, and when it has given up', async () => {
    const recovering = open();
    await recovering.load();
    const answering = expect(recovering.answer(1000)).rejects.toThrow(DisposedError);
    stages.lose();
    await expect.poll(() => stages.stage).toBe('loading');
    await recovering.remote.dispose();
    await answering;
    recovering.close();
    await expectNothingLeft('recovering');

    const lost = open();
    await lost.load();
    for (const kind of ['restored', 'restored', 'failed'] as const) {
      lost.events.length = 0;
      stages.lose();
      await expect.poll(() => lost.events, { timeout: 60_000 }).toContain(kind);
    }
    await expectNothingLeft('given up');
    await lost.remote.dispose();
    lost.close();
  });
});
