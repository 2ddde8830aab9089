import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { DeviceLostError } from '../../src/errors';
import type { GpuDevice } from '../../src/gpu/device';
import { LanguageModel } from '../../src/model/language-model';
import type { AnswerEvent } from '../../src/worker/answers';
import { Engine } from '../../src/worker/engine';
import { MemoryStore } from '../../src/worker/memory-store';
import { openedOn } from '../../src/worker/model';
import type { RuntimeOptions } from '../../src/worker/runtime';
import { portTo } from '../../src/worker/wire/port';
import { CallSignal } from '../../src/worker/wire/signal';
import { readStream } from '../../src/worker/wire/stream';
import { unlessAborted } from '../../src/worker/wire/unless-aborted';
import { openBorder } from '../support/border';
import { startHost, stopHost } from '../support/browser-host';
import { chatParams } from '../support/chat-params';
import { GREEDY } from '../../src/model/sampling-options';
import { disguised, gpuTestDevice } from '../support/gpu-test-device';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { MemoryTuningStore } from '../support/memory-tuning-store';
import { Random } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

/** What is asked, and how far the answer goes. */
const PARAMS = chatParams(['Hi'], { ...GREEDY, maxTokens: 24 });

const store = new MemoryStore();
let tunings: MemoryTuningStore;
let url: string;
/** Of all engines here, as it keeps what was compiled: kernels for a GPU take SwiftShader long. */
let gpu: GpuDevice;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  gpu = await gpuTestDevice();
});
afterAll(() => {
  gpu.dispose();
});

beforeEach(async () => {
  tunings = new MemoryTuningStore();
  url = await startHost((await tinyPack(new Random(1), { chunkBytes: 4096, endTokens: [] })).files);
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
  await stopHost(url);
});

/** An engine on this thread whose device passes for a GPU, and outlives it. */
async function start(options: RuntimeOptions = {}) {
  const lasting = Object.create(disguised(gpu, { adapter: { ...gpu.adapter, fallback: false } }), {
    dispose: { value: () => undefined },
  }) as GpuDevice;
  const engine = new Engine(
    store,
    tunings,
    (given, snapshots) => Promise.resolve(openedOn(lasting, given, snapshots)),
    new InThreadPrompts(),
  );
  const { remote, close } = openBorder(engine);
  closers.push(() => remote.dispose(), close);
  const info = await remote.load(url, options, portTo(undefined), portTo(undefined));
  const answer = async () => {
    const call = new CallSignal(undefined);
    const end = await remote.chat(PARAMS, call.signal);
    let text = '';
    for await (const event of readStream<AnswerEvent>(end, unlessAborted, call)) {
      if (event.kind === 'text') text += event.text;
    }
    return text;
  };
  return { remote, info, answer };
}

/** Resolves when the next measurement begins. */
function nextCalibration(): Promise<void> {
  return new Promise((resolve) => {
    const real = Reflect.get<LanguageModel, 'calibrate'>(LanguageModel.prototype, 'calibrate');
    vi.spyOn(LanguageModel.prototype, 'calibrate').mockImplementation(function (this: LanguageModel, ...given) {
      resolve();
      return real.apply(this, given);
    });
  });
}

it('calibrates after an answer, says the same afterwards, and starts with what it found', async () => {
  const first = await start();
  expect(first.info.tuning).toBe('default');
  const text = await first.answer();
  const bytes = await first.remote.gpuBytes();
  await expect.poll(() => tunings.records.size, { timeout: 60_000 }).toBe(1);
  expect(await first.answer()).toBe(text);
  expect(await first.remote.gpuBytes()).toEqual(bytes);

  const [[key, found]] = tunings.records;
  const calibrate = vi.spyOn(LanguageModel.prototype, 'calibrate');
  const second = await start();
  expect(second.info.tuning).toBe(found);
  expect(await second.answer()).toBe(text);
  tunings.records.set(key, 'split');
  const third = await start();
  expect(third.info.tuning).toBe('split');
  expect(await third.answer()).toBe(text);
  const fourth = await start({ calibrate: false });
  expect(fourth.info.tuning).toBe('default');
  expect(await fourth.answer()).toBe(text);
  expect(calibrate).not.toHaveBeenCalled();
});

it('answers a request that comes during a calibration as it would without one', async () => {
  const { answer } = await start();
  const calibration = nextCalibration();
  const text = await answer();
  await calibration;
  expect(await answer()).toBe(text);
});

it('gives up where the device is lost during a calibration and no other one comes', async () => {
  const { answer } = await start();
  const calibration = nextCalibration();
  await answer();
  await calibration;
  // The engine is given it again and again. The last of these tests: none after it has a device.
  gpu.device.destroy();
  await expect(answer()).rejects.toThrow(DeviceLostError);
  expect(tunings.records.size).toBe(0);
});
