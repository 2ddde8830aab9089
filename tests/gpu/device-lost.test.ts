import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { observe } from '../../bench/measure/observe';
import { GREEDY, type SamplingOptions } from '../../src/model/sampling-options';
import type { AnswerEvent } from '../../src/worker/answers';
import type { SampledToken } from '../../src/worker/chat';
import type { DeviceEvent } from '../../src/worker/device-session';
import { Engine } from '../../src/worker/engine';
import { LastingGeneration } from '../../src/worker/lasting-generation';
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
import { lively } from '../support/generate';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { MemoryTuningStore } from '../support/memory-tuning-store';
import { Random, testSeed } from '../support/random';
import { cases } from '../support/soak';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const random = new Random(seed);
/** So long that it is fed in many slices. */
const QUESTION = 'Why do terns fly so far? '.repeat(8);
/** Of the first answer: more than twice what is sampled between two snapshots. Of the second: some. */
const TOKENS = [140, 10];

/** For the long form. */
const LONG = 600_000;
/** A load takes SwiftShader a while. */
const RELOAD = { timeout: 60_000 };

let url: string;
let stages: DeviceStages;
const store = new MemoryStore();
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096, endTokens: [] })).files);
  stages = new DeviceStages();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  stages.stop();
  await stopHost(url);
});

/** An engine on this thread. */
function open() {
  const { remote, close } = openBorder(
    new Engine(store, new MemoryTuningStore(), openGpuDevice, new InThreadPrompts()),
  );
  closers.push(() => remote.dispose(), close);
  const events: DeviceEvent[] = [];
  const load = () =>
    remote.load(
      url,
      {},
      portTo(undefined),
      portTo((event: DeviceEvent) => events.push(event)),
    );
  const chat = async (messages: string[], options: SamplingOptions & { maxTokens: number }) => {
    const call = new CallSignal(undefined);
    const params = { ...chatParams(messages, options), logprobs: true, top_logprobs: 2 };
    const end = await remote.chat(params, call.signal);
    return readStream<AnswerEvent>(end, unlessAborted, call);
  };
  return { remote, events, load, chat };
}

/** Two turns of a conversation: all sampled ids with their log probabilities, and what the answers say of themselves. */
async function converse({ chat }: ReturnType<typeof open>, options: SamplingOptions) {
  const ids: number[] = [];
  const end = observe(LastingGeneration.prototype, 'next', (_, __, step) => {
    step.then(
      (fresh) => ids.push(...fresh),
      () => undefined,
    );
  });
  const texts: string[] = [];
  const counts: object[] = [];
  const tokens: SampledToken[] = [];
  for (const maxTokens of TOKENS) {
    let text = '';
    const messages = [...texts.flatMap((said) => [QUESTION, said]), QUESTION];
    for await (const event of await chat(messages, { ...options, maxTokens })) {
      tokens.push(...(event.tokens ?? []));
      if (event.kind === 'text') text += event.text;
      else
        counts.push({ reason: event.reason, prompt: event.usage?.promptTokens, tokens: event.usage?.completionTokens });
    }
    texts.push(text);
  }
  end();
  return { ids, texts, counts, tokens };
}

describe(`a device that is lost at any moment (seed ${seed})`, () => {
  const moments = cases({ few: 6, many: 20 });

  it.each([
    { name: 'greedy', options: GREEDY },
    // From a shortlist: the kernel for sweeps takes SwiftShader long to compile, on each device anew.
    { name: 'sampled', options: { ...lively(random), topK: 40 } },
  ])(
    `changes no token of a $name answer`,
    async ({ name, options }) => {
      const undisturbed = open();
      stages.begin();
      await undisturbed.load();
      const expected = await converse(undisturbed, options);
      expect(expected.ids).toHaveLength(TOKENS[0] + TOKENS[1]);
      expect(expected.tokens).toHaveLength(TOKENS[0] + TOKENS[1]);
      const calls = { ...stages.calls };

      stages.hits.length = 0;
      for (let index = 0; stages.hits.length < moments / 2; index++) {
        const stage = STAGES[stages.hits.length % STAGES.length];
        const moment: Moment = { stage, call: random.integer(1, calls[stage]), delay: random.pick([0, 0, 1, 5]) };
        const engine = open();
        stages.begin(moment);
        await engine.load();
        const actual = await converse(engine, options);
        const told = `${JSON.stringify(moment)} of ${calls[stage]} calls`;
        expect(actual, told).toEqual(expected);
        // On a fast GPU what comes after the last calls of a stage may come too late for it.
        expect(index, told).toBeLessThan(2 * moments);
        const events = stages.isDue ? [] : ['lost', 'restored'];
        await expect.poll(() => engine.events.map(({ kind }) => kind), { message: told }).toEqual(events);
        await engine.remote.dispose();
      }
      const counts = STAGES.map((stage) => `${stages.hits.filter((lost) => lost === stage).length} in ${stage}`);
      console.log(`${name}: devices lost: ${counts.join(', ')} (seed ${seed})`);
    },
    LONG,
  );
});

it('goes on from snapshots when the device was lost between two turns', async () => {
  stages.begin();
  const engine = open();
  await engine.load();
  const options = { ...GREEDY, maxTokens: 3 };
  const usageOf = async (messages: string[]) => {
    for await (const event of await engine.chat(messages, options))
      if (event.kind === 'end' && event.usage !== undefined) return event.usage;
    throw new Error('no end');
  };
  const first = await usageOf(['Hi']);
  stages.lose();
  await expect.poll(() => engine.events.map(({ kind }) => kind), RELOAD).toEqual(['lost', 'restored']);
  const second = await usageOf(['Hi', 'Hello!', 'Where are you?']);
  expect(second.cachedTokens).toBeGreaterThanOrEqual(first.promptTokens);
});

it('gives up after three losses within a minute, and says so to what was under way and to what comes later', async () => {
  stages.begin();
  const engine = open();
  await engine.load();
  const answer = await engine.chat(['Hi'], { ...GREEDY, maxTokens: 100_000 });
  const reading = (async () => {
    while (!(await answer.next()).done);
  })();
  const waiting = engine.remote.logits([1, 2, 3], new AbortController().signal);
  const ended = Promise.allSettled([reading, waiting]);
  for (const [index, kind] of (['restored', 'restored', 'failed'] as const).entries()) {
    stages.lose();
    await expect.poll(() => engine.events.map((event) => event.kind).slice(2 * index), RELOAD).toContain(kind);
  }
  for (const result of await ended) {
    expect(result).toMatchObject({ status: 'rejected', reason: { name: 'DeviceLostError' } });
  }
  await expect(engine.chat(['Hi'], { ...GREEDY, maxTokens: 1 })).rejects.toThrow(/3 times within a minute/);
});
