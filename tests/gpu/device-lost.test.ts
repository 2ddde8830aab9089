import { expect, it, vi } from 'vitest';
import { transfer } from 'comlink';
import { DeviceLostError } from '../../src/errors';
import type { ChatEvent } from '../../src/worker/chat';
import { Engine } from '../../src/worker/engine';
import { MemoryStore } from '../../src/worker/memory-store';
import { openGpuDevice } from '../../src/worker/model';
import { CallSignal } from '../../src/worker/wire/signal';
import { readStream } from '../../src/worker/wire/stream';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { MemoryTuningStore } from '../support/memory-tuning-store';
import { openBorder } from '../support/border';
import { startHost, stopHost } from '../support/browser-host';
import { Random } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

/** An engine on this thread, a request to it that will go on, and its device. */
async function setUp() {
  const spy = vi.spyOn(GPUAdapter.prototype, 'requestDevice');
  const url = await startHost((await tinyPack(new Random(1), { chunkBytes: 4096 })).files);
  const { remote, close } = openBorder(
    new Engine(new MemoryStore(), new MemoryTuningStore(), openGpuDevice, new InThreadPrompts()),
  );
  const load = () => {
    const { port2 } = new MessageChannel();
    return remote.load(url, {}, transfer(port2, [port2]));
  };
  const chat = async () => {
    const off = {
      temperature: 1,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
    };
    const options = { ...off, seed: 1, maxTokens: 100_000, stopTokenIds: [] };
    const call = new CallSignal(undefined);
    const end = await remote.chat({ messages: [{ role: 'user', content: 'Hi' }], options, stop: [] }, call.signal);
    return readStream<ChatEvent>(end, (answer) => answer, call);
  };
  const cleanUp = async () => {
    spy.mockRestore();
    close();
    await stopHost(url);
  };
  const devices = () => spy.mock.settledResults.flatMap(({ type, value }) => (type === 'fulfilled' ? [value] : []));
  return { remote, load, chat, cleanUp, devices };
}

it('says DeviceLostError to what was under way and to what comes later', async () => {
  const { remote, load, chat, devices, cleanUp } = await setUp();
  try {
    await load();
    const answer = await chat();
    await answer.next();
    await answer.next();
    const waiting = remote.logits([1, 2, 3], new AbortController().signal);
    const reading = (async () => {
      while (!(await answer.next()).done);
    })();
    setTimeout(() => {
      devices()[0].destroy();
    }, 20);
    const [first, second] = await Promise.allSettled([reading, waiting]);
    expect(first).toMatchObject({ status: 'rejected', reason: { name: 'DeviceLostError' } });
    expect(second).toMatchObject({ status: 'rejected', reason: { name: 'DeviceLostError' } });
    await expect(chat()).rejects.toThrow(DeviceLostError);
  } finally {
    await cleanUp();
  }
});

it('says DeviceLostError where the device is lost while the model loads', async () => {
  const { load, devices, cleanUp } = await setUp();
  try {
    const loading = load();
    const failure = expect(loading).rejects.toThrow(DeviceLostError);
    await expect.poll(devices).toHaveLength(1);
    devices()[0].destroy();
    await failure;
  } finally {
    await cleanUp();
  }
});
