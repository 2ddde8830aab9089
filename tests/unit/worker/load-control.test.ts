import { transfer } from 'comlink';
import { afterEach, expect, it } from 'vitest';
import { Engine } from '../../../src/worker/engine';
import type { LoadProgress } from '../../../src/worker/progress';
import type { StorageQuestion } from '../../../src/worker/room';
import type { ChunkStore } from '../../../src/worker/store';
import type { ControlMessage } from '../../../src/worker/wire/load-control';
import { portTo } from '../../../src/worker/wire/port';
import { openBorder } from '../../support/border';
import { FakeModel, openFake } from '../../support/fake-model';
import { InThreadPrompts } from '../../support/in-thread-prompts';
import { LimitedStore } from '../../support/limited-store';
import { MemoryTuningStore } from '../../support/memory-tuning-store';
import { Random, testSeed } from '../../support/random';
import { StaticHost } from '../../support/static-host';
import { tinyPack } from '../../support/tiny-pack';

const seed = testSeed();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve() {
  const { files } = await tinyPack(new Random(seed), { chunkBytes: 1024 });
  const host = await StaticHost.start(files, { ranges: true });
  closers.push(() => host.stop());
  return host;
}

/** A load behind a border, what it tells, and the page's end of the port that steers it. */
function load(host: StaticHost, store: ChunkStore) {
  const { open } = openFake(new FakeModel([]));
  const { remote, close } = openBorder(new Engine(store, new MemoryTuningStore(), open, new InThreadPrompts()));
  const progress = new MessageChannel();
  const control = new MessageChannel();
  closers.push(close, () => {
    control.port1.close();
  });
  const steps: LoadProgress[] = [];
  progress.port1.onmessage = ({ data }: MessageEvent<LoadProgress>) => steps.push(data);
  const say = (message: ControlMessage) => {
    control.port1.postMessage(message);
  };
  const start = () => {
    const told = transfer(progress.port2, [progress.port2]);
    const steering = transfer({ port: control.port2, isPaused: false }, [control.port2]);
    return remote.load(host.url, { patience: { delay: 1 } }, told, portTo(undefined), steering);
  };
  return { start, steps, say, port: control.port1 };
}

it(`tells progress that never falls and ends at the total, whatever has to be fetched again (seed ${seed})`, async () => {
  const host = await serve();
  const met = new Set<number>();
  host.fault = (request, response, body) => {
    const [from, to] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).slice(1).map(Number);
    const chunk = Math.floor(from / 1024);
    if (request.url?.endsWith('.safetensors') !== true || chunk > 11 || met.has(chunk)) return false;
    met.add(chunk);
    const part = body.slice(from, to + 1);
    part[500] ^= 1;
    // Each chunk in its first answer either has a wrong byte or ends too soon.
    response.writeHead(206).end(chunk % 2 === 0 ? part : part.subarray(0, 100));
    return true;
  };
  const { start, steps } = load(host, new LimitedStore());
  await start();
  const total = steps[0].bytesTotal;
  await expect.poll(() => steps.at(-1)).toEqual({ phase: 'download', bytesDone: total, bytesTotal: total });
  const done = steps.map(({ bytesDone }) => bytesDone);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(met.size).toBe(12);
});

it('is paused and resumed by messages', async () => {
  const host = await serve();
  const { start, say } = load(host, new LimitedStore());
  say('pause');
  const loading = start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(host.log).toEqual([]);
  say('resume');
  expect(await loading).toMatchObject({ stored: true });
});

it.each([
  ['may-delete', true],
  ['keep', false],
] as const)('asks whether packs may be deleted: %s', async (answer, stored) => {
  const [older, host] = [await serve(), await serve()];
  const store = new LimitedStore();
  await load(older, store).start();
  store.limit = (await store.bytes()) + 2000;
  const { start, say, port } = load(host, store);
  const questions: StorageQuestion[] = [];
  port.onmessage = ({ data }: MessageEvent<StorageQuestion>) => {
    questions.push(data);
    say(answer);
  };
  const info = await start();
  expect(info.stored).toBe(stored);
  expect(info.notStoredBecause).toBe(stored ? undefined : 'no room');
  expect(questions).toMatchObject([{ model: host.url, candidates: [{ model: older.url, bytes: info.packBytes }] }]);
  const packs = new Set((await store.keys()).map(([pack]) => pack));
  expect(packs).toEqual(new Set([stored ? host.url : older.url]));
});
