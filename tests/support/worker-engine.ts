import { onTestFinished } from 'vitest';
import type { ChatCompletionCreateParams } from '../../src/api/openai';
import type { AnswerEvent } from '../../src/worker/answers';
import type { DeviceEvent } from '../../src/worker/device-session';
import { Engine } from '../../src/worker/engine';
import { MemoryStore } from '../../src/worker/memory-store';
import type { OpenDevice } from '../../src/worker/model';
import type { LoadProgress } from '../../src/worker/progress';
import { portTo } from '../../src/worker/wire/port';
import { CallSignal } from '../../src/worker/wire/signal';
import { readStream, type StreamReader } from '../../src/worker/wire/stream';
import { unlessAborted } from '../../src/worker/wire/unless-aborted';
import { openBorder } from './border';
import { FakeModel, openFake } from './fake-model';
import { InThreadPrompts } from './in-thread-prompts';
import { MemoryTuningStore } from './memory-tuning-store';
import { Random, testSeed } from './random';
import { StaticHost } from './static-host';
import { TOKENS, tinyPack, type TinyPackOptions } from './tiny-pack';

/** Of the packs that engines are started with. */
export const seed = testSeed();

/** A worker's engine behind a border, with a fake model that says `text`, and what there is around it. Ends with the test. */
export async function startEngine(text = 'Hello!', options: TinyPackOptions = {}) {
  const model = new FakeModel([...new TextEncoder().encode(text), TOKENS.end]);
  const { open, lose } = openFake(model);
  const store = new MemoryStore();
  const tunings = new MemoryTuningStore();
  const pack = await tinyPack(new Random(seed), { chunkBytes: 1024, ...options });
  const host = await StaticHost.start(pack.files, { ranges: true });
  onTestFinished(() => host.stop());
  /** Another engine with the same stores. */
  const begin = (openDevice: OpenDevice) => {
    const { remote, close } = openBorder(new Engine(store, tunings, openDevice, new InThreadPrompts()));
    onTestFinished(close);
    return remote;
  };
  const remote = begin(open);
  const progress: LoadProgress[] = [];
  const events: DeviceEvent[] = [];
  const load = (into = remote) => {
    const tell = (step: LoadProgress) => progress.push(step);
    return into.load(
      host.url,
      {},
      portTo(tell),
      portTo((event: DeviceEvent) => events.push(event)),
    );
  };
  const loadAgain = () => load(begin(open));
  return { model, lose, store, tunings, pack, host, remote, progress, events, begin, load, loadAgain };
}

export function chatRequest(fields: Partial<ChatCompletionCreateParams> = {}): ChatCompletionCreateParams {
  return { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100, ...fields };
}

type Remote = Awaited<ReturnType<typeof startEngine>>['remote'];

export async function chat(
  remote: Remote,
  request = chatRequest(),
  outer?: AbortSignal,
): Promise<StreamReader<AnswerEvent>> {
  const call = new CallSignal(outer);
  return readStream(await remote.chat(request, call.signal), unlessAborted, call);
}

/** The whole of an answer. */
export async function readAll(events: AsyncIterable<AnswerEvent>) {
  let text = '';
  for await (const event of events) {
    if (event.kind === 'end') return { text, ...event };
    text += event.text;
  }
  throw new Error('no end');
}
