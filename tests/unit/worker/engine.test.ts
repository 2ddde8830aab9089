import { afterEach, describe, expect, it } from 'vitest';
import {
  CheckpointError,
  ConfigError,
  DeviceLostError,
  DisposedError,
  DownloadError,
  GpuError,
  TokenizerError,
} from '../../../src/errors';
import type { ChatCompletionCreateParams } from '../../../src/api/openai';
import type { ChatEvent } from '../../../src/worker/chat';
import type { DeviceEvent } from '../../../src/worker/device-session';
import { Engine } from '../../../src/worker/engine';
import { MemoryStore } from '../../../src/worker/memory-store';
import type { LoadProgress } from '../../../src/worker/progress';
import { portTo } from '../../../src/worker/wire/port';
import { CallSignal } from '../../../src/worker/wire/signal';
import { readStream, type StreamReader } from '../../../src/worker/wire/stream';
import { unlessAborted } from '../../../src/worker/wire/unless-aborted';
import { packTensors } from '../../../src/model/tensors';
import { shardName } from '../../../src/model/manifest';
import { openBorder } from '../../support/border';
import { FakeModel, openFake } from '../../support/fake-model';
import { InThreadPrompts } from '../../support/in-thread-prompts';
import { MemoryTuningStore } from '../../support/memory-tuning-store';
import { Random, testSeed } from '../../support/random';
import { StaticHost } from '../../support/static-host';
import { TOKENS, tinyPack, type TinyPackOptions } from '../../support/tiny-pack';

const seed = testSeed();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An engine behind a border, with a fake model that says `text`, and what there is around it. */
async function setUp(text = 'Hello!', options: TinyPackOptions = {}) {
  const model = new FakeModel([...new TextEncoder().encode(text), TOKENS.end]);
  const { open, lose } = openFake(model);
  const store = new MemoryStore();
  const tunings = new MemoryTuningStore();
  const pack = await tinyPack(new Random(seed), { chunkBytes: 1024, ...options });
  const host = await StaticHost.start(pack.files, { ranges: true });
  const { remote, close } = openBorder(new Engine(store, tunings, open, new InThreadPrompts()));
  closers.push(() => host.stop(), close);
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
  const loadAgain = () => {
    const again = openBorder(new Engine(store, tunings, open, new InThreadPrompts()));
    closers.push(again.close);
    return load(again.remote);
  };
  return { model, lose, store, tunings, pack, host, remote, progress, events, load, loadAgain };
}

function request(fields: Partial<ChatCompletionCreateParams> = {}): ChatCompletionCreateParams {
  return { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100, ...fields };
}

type Remote = Awaited<ReturnType<typeof setUp>>['remote'];

async function chat(remote: Remote, what = request(), outer?: AbortSignal): Promise<StreamReader<ChatEvent>> {
  const call = new CallSignal(outer);
  return readStream(await remote.chat(what, call.signal), unlessAborted, call);
}

async function readAll(events: AsyncIterable<ChatEvent>) {
  let text = '';
  for await (const event of events) {
    if (event.kind === 'end') return { text, ...event };
    text += event.text;
  }
  throw new Error('no end');
}

describe(`loading (seed ${seed})`, () => {
  it('hands every tensor to the model whole, from the network and from the store alike', async () => {
    const { model, pack, host, progress, load, loadAgain } = await setUp();
    await load();
    const bytesOf = new Map<string, number>();
    for (const { name, bytes } of model.written) bytesOf.set(name, (bytesOf.get(name) ?? 0) + bytes.length);
    const tensors = packTensors(pack.config, 'F32');
    expect(bytesOf).toEqual(new Map(tensors.map(({ name, byteLength }) => [name, byteLength])));
    const first = model.written.splice(0);

    host.log.length = 0;
    await loadAgain();
    expect(host.log.map(({ path }) => path)).toEqual(['sterna.json']);
    expect(model.written).toEqual(first);

    const bytesTotal = progress[0].bytesTotal;
    expect(bytesTotal).toBe(
      [...pack.files].reduce((sum, [path, { length }]) => sum + (path === 'sterna.json' ? 0 : length), 0),
    );
    await expect.poll(() => progress.at(-1)).toEqual({ phase: 'upload', bytesDone: bytesTotal, bytesTotal });
    expect(progress).toContainEqual({ phase: 'download', bytesDone: bytesTotal, bytesTotal });
    expect(progress.some(({ phase }) => phase === 'compile')).toBe(true);
  });

  it('says what was loaded', async () => {
    const { load, pack, host, progress } = await setUp();
    const info = await load();
    expect(info).toEqual({
      name: 'tiny',
      url: host.url,
      config: pack.config,
      defaults: { temperature: 0.5, eosTokenIds: [TOKENS.end] },
      embeddings: 'F32',
      packBytes: progress[0].bytesTotal,
      downloadedBytes: progress[0].bytesTotal,
      stored: true,
      hasTokenizer: true,
      hasGrammar: false,
      adapter: { vendor: 'none', architecture: '', description: '', fallback: true, subgroupSize: 1 },
      tuning: 'default',
      gpuBytes: { weights: 1 },
    });
  });

  it('frees the model when a shard turns out to be none', async () => {
    const { model, host, load } = await setUp('', { replaced: { [shardName(0, 1)]: new Uint8Array(5000).fill(0xff) } });
    const failure = load();
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(shardName(0, 1));
    expect(model.disposals).toBe(1);
    expect(host.log.map(({ path }) => path)).toContain(shardName(0, 1));
  });

  it('starts over when the device is lost meanwhile', async () => {
    const { model, lose, events, load } = await setUp();
    model.flush = () => {
      if (model.disposals === 0) lose(new DeviceLostError('gone'));
      return Promise.resolve();
    };
    expect(await load()).toMatchObject({ name: 'tiny' });
    expect(model.disposals).toBe(1);
    await expect.poll(() => events).toEqual([{ kind: 'lost', losses: 1, message: 'gone' }, { kind: 'restored' }]);
  });

  it('frees the model and believes nothing when the device is lost three times meanwhile', async () => {
    const { model, lose, store, load } = await setUp();
    model.flush = () => {
      lose(new DeviceLostError('gone'));
      return Promise.resolve();
    };
    const failure = load();
    await expect(failure).rejects.toThrow(DeviceLostError);
    await expect(failure).rejects.toThrow(/3 times within a minute/);
    expect(model.disposals).toBe(3);
    expect((await store.keys()).map(([, name]) => name)).not.toContain('sterna.json');
  });

  it('frees a device that comes before or after loading has failed', async () => {
    const { model, host, store, tunings, load } = await setUp();
    host.files.delete('sterna.json');
    await expect(load()).rejects.toThrow(DownloadError);
    expect(model.disposals).toBe(1);

    const { open } = openFake(model);
    let give: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      give = resolve;
    });
    const again = openBorder(new Engine(store, tunings, () => late.then(open), new InThreadPrompts()));
    closers.push(again.close);
    await expect(load(again.remote)).rejects.toThrow(DownloadError);
    expect(model.disposals).toBe(1);
    give();
    await expect.poll(() => model.disposals).toBe(2);
  });

  it('says that there is no device where all else is right', async () => {
    const { store, tunings, load } = await setUp();
    const without = openBorder(
      new Engine(store, tunings, () => Promise.reject(new GpuError('no adapter')), new InThreadPrompts()),
    );
    closers.push(without.close);
    await expect(load(without.remote)).rejects.toThrow(GpuError);
  });

  it('stops when it is disposed of', async () => {
    const { remote, model, load } = await setUp();
    const loading = load();
    model.flush = () => remote.dispose();
    await expect(loading).rejects.toThrow(DisposedError);
    expect(model.disposals).toBe(1);
    await expect(remote.gpuBytes()).rejects.toThrow(DisposedError);
  });

  it('names a configuration that is wrong', async () => {
    const { host, load } = await setUp('', { replaced: { 'config.json': new TextEncoder().encode('{}') } });
    const failure = load();
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toMatchObject({ file: `${host.url}config.json`, field: 'model_type' });
  });
});

describe('chat', () => {
  it('gives the answer’s text, how it ended, and what it took', async () => {
    const { remote, model, load } = await setUp('Hello!');
    await load();
    const { text, reason, usage } = await readAll(await chat(remote));
    expect({ text, reason }).toEqual({ text: 'Hello!', reason: 'stop' });
    const prompt = '<user Hi>' + '<assistant ';
    expect(usage).toMatchObject({ promptTokens: prompt.length, cachedTokens: 0, completionTokens: 7 });
    expect(model.ended).toEqual([7]);
  });

  it('ends at the greatest length', async () => {
    const { remote, model, load } = await setUp('Hello!');
    await load();
    expect(await readAll(await chat(remote, request({ max_tokens: 3 })))).toMatchObject({
      text: 'Hel',
      reason: 'length',
    });
    expect(model.ended).toEqual([3]);
  });

  it('ends at a stop string and gives the model the tokens before it to go on from', async () => {
    const { remote, model, load } = await setUp('Hello, world');
    await load();
    expect(await readAll(await chat(remote, request({ stop: ', w' })))).toMatchObject({
      text: 'Hello',
      reason: 'stop',
    });
    expect(model.ended).toEqual([5]);
  });

  it('ends the generation when the reader leaves', async () => {
    const { remote, model, load } = await setUp('Hello, world');
    await load();
    for await (const event of await chat(remote)) if (event.kind === 'text') break;
    expect(model).toMatchObject({ ended: [2], running: 0 });
  });

  it('ends the generation when it is aborted, with the caller’s reason', async () => {
    const { remote, model, load } = await setUp('Hello, world');
    await load();
    const controller = new AbortController();
    const reading = readAll(await chat(remote, request(), controller.signal));
    model.onStep = () => {
      if (model.ended.length === 0) controller.abort(new Error('enough'));
    };
    await expect(reading).rejects.toThrow('enough');
    await expect.poll(() => model.running).toBe(0);
    expect(model.ended).toHaveLength(1);
  });

  it('ends the generation when a step fails, and answers the next request', async () => {
    const { remote, model, load } = await setUp('Hello');
    await load();
    const events = await chat(remote);
    await events.next();
    model.failure = new DeviceLostError('gone');
    await expect(readAll(events)).rejects.toThrow(DeviceLostError);
    expect(model.ended).toHaveLength(1);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
  });

  it('answers concurrent requests one after the other, whatever becomes of each', async () => {
    const { remote, model, load } = await setUp('Hello, world');
    await load();
    const controller = new AbortController();
    const requests = [
      chat(remote).then(readAll),
      chat(remote, request(), controller.signal).then(readAll),
      remote.logits([1, 2], new AbortController().signal),
      chat(remote, request({ max_tokens: 1 })).then(readAll),
    ] as const;
    controller.abort(new Error('not I'));
    const [first, second, logits, last] = await Promise.allSettled(requests);
    expect(first).toMatchObject({ status: 'fulfilled', value: { text: 'Hello, world' } });
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'not I' } });
    expect(logits).toMatchObject({ status: 'fulfilled', value: Float32Array.of(1, 2) });
    expect(last).toMatchObject({ status: 'fulfilled', value: { text: 'H' } });
    expect(model.running).toBe(0);
  });

  it('lets one go who leaves while waiting for a turn', async () => {
    const { remote, load } = await setUp('Hello');
    await load();
    const first = await chat(remote);
    await first.next();
    const second = await chat(remote);
    const step = second.next();
    await second.return();
    expect(await step).toEqual({ done: true, value: undefined });
    expect(await readAll(first)).toMatchObject({ reason: 'stop' });
  });

  it('waits for nobody who has not asked for a first step', async () => {
    const { remote, load } = await setUp('Hello');
    await load();
    await chat(remote);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
  });

  it('is refused with a TokenizerError by a model without a tokenizer, which still gives logits', async () => {
    const { remote, load } = await setUp('', { withoutText: true });
    expect(await load()).toMatchObject({ hasTokenizer: false });
    await expect(chat(remote)).rejects.toThrow(TokenizerError);
    expect(await remote.logits([3], new AbortController().signal)).toEqual(Float32Array.of(3));
  });

  it('goes on when the device is lost, and is over when that happens for the third time within a minute', async () => {
    const { remote, model, lose, events, load } = await setUp('Hello, world');
    await load();
    for (let losses = 1; losses < 3; losses++) {
      const answer = await chat(remote);
      await answer.next();
      lose(new DeviceLostError('gone'));
      expect(await readAll(answer)).toMatchObject({ reason: 'stop', usage: { completionTokens: 13 } });
      expect(model.disposals).toBe(losses);
      await expect
        .poll(() => events.slice(-2))
        .toEqual([{ kind: 'lost', losses, message: 'gone' }, { kind: 'restored' }]);
    }
    const answer = await chat(remote);
    await answer.next();
    lose(new DeviceLostError('gone'));
    await expect(readAll(answer)).rejects.toThrow(DeviceLostError);
    await expect(chat(remote)).rejects.toThrow(/3 times within a minute/);
    expect(model.disposals).toBe(3);
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'failed' });
  });

  it('goes on when the browser has no GPU for a while after a loss', async () => {
    const { model, store, tunings, load } = await setUp('Hello, world');
    const { open, lose } = openFake(model);
    let refusals = 0;
    const without = openBorder(
      new Engine(
        store,
        tunings,
        () => (refusals-- > 0 ? Promise.reject(new GpuError('no adapter')) : open()),
        new InThreadPrompts(),
      ),
    );
    closers.push(without.close);
    await load(without.remote);
    refusals = 2;
    lose(new DeviceLostError('gone'));
    expect(await readAll(await chat(without.remote))).toMatchObject({ text: 'Hello, world' });
    expect(refusals).toBe(-1);
  });

  it('can be aborted while there is no device, and leaves the next one its turn', async () => {
    const { model, store, tunings, load } = await setUp('Hello, world');
    const { open, lose } = openFake(model);
    let give: () => void = () => undefined;
    let opening = Promise.resolve();
    const slow = openBorder(new Engine(store, tunings, () => opening.then(open), new InThreadPrompts()));
    closers.push(slow.close);
    await load(slow.remote);
    opening = new Promise((resolve) => (give = resolve));
    const controller = new AbortController();
    const first = readAll(await chat(slow.remote, request(), controller.signal));
    lose(new DeviceLostError('gone'));
    const second = readAll(await chat(slow.remote));
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    give();
    expect(await second).toMatchObject({ text: 'Hello, world' });
  });

  it('is over when the device is lost and the pack is another one by then, or is gone', async () => {
    const another = await setUp('Hello, world');
    await another.load();
    const { files } = await tinyPack(new Random(seed + 1), { chunkBytes: 1024 });
    for (const [path, bytes] of files) another.host.files.set(path, bytes);
    another.lose(new DeviceLostError('gone'));
    await expect(chat(another.remote).then(readAll)).rejects.toThrow(/another one/);

    const gone = await setUp('Hello, world');
    await gone.load();
    await gone.store.delete(await gone.store.keys());
    gone.host.files.clear();
    gone.lose(new DeviceLostError('gone'));
    const failure = chat(gone.remote).then(readAll);
    await expect(failure).rejects.toThrow(DeviceLostError);
    await expect(failure).rejects.toThrow(/could not be loaded again: .*404/);
  });

  it('is over when the engine is disposed of', async () => {
    const { remote, model, load } = await setUp('Hello, world');
    await load();
    const events = await chat(remote);
    await events.next();
    await remote.dispose();
    await expect(readAll(events)).rejects.toThrow(DisposedError);
    expect(model.disposals).toBe(1);
  });
});

describe('calibration', () => {
  it('comes after the first answer, and the next start uses what it chose', async () => {
    const { remote, model, tunings, load, loadAgain } = await setUp('Hello');
    model.canCalibrate = true;
    expect(await load()).toMatchObject({ tuning: 'default' });
    await remote.logits([1], new AbortController().signal);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
    await expect.poll(() => [...tunings.records.values()]).toEqual(['split']);
    expect(model.calibrations).toEqual({ done: 1, brokenOff: 0 });
    expect(await loadAgain()).toMatchObject({ tuning: 'split' });
  });

  it('makes way for a request, which is answered right, and is tried again', async () => {
    const { remote, model, tunings, load } = await setUp('Hello');
    model.canCalibrate = true;
    model.calibrationRounds = Infinity;
    await load();
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
    await expect.poll(() => model.running).toBe(1);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
    expect(model.calibrations).toEqual({ done: 0, brokenOff: 1 });
    await expect.poll(() => model.running).toBe(1);
    expect(await remote.logits([1, 2], new AbortController().signal)).toEqual(Float32Array.of(1, 2));
    expect(model.calibrations).toEqual({ done: 0, brokenOff: 2 });
    model.calibrationRounds = 1;
    await expect.poll(() => [...tunings.records.values()]).toEqual(['split']);
  });

  it('ends with the engine', async () => {
    const { remote, model, tunings, load } = await setUp('Hello');
    model.canCalibrate = true;
    model.calibrationRounds = Infinity;
    await load();
    await readAll(await chat(remote));
    await expect.poll(() => model.running).toBe(1);
    await remote.dispose();
    await expect.poll(() => model.running).toBe(0);
    expect(tunings.records.size).toBe(0);
  });
});
