import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BufferAccount } from '../../bench/measure/buffer-account';
import { GpuError } from '../../src/errors';
import { Engine } from '../../src/worker/engine';
import { MemoryStore } from '../../src/worker/memory-store';
import { openGpuDevice } from '../../src/worker/model';
import { portTo } from '../../src/worker/wire/port';
import { openBorder } from '../support/border';
import { startHost, stopHost } from '../support/browser-host';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { MemoryTuningStore } from '../support/memory-tuning-store';
import { Random } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

let url: string;
let account: BufferAccount;
beforeEach(async () => {
  url = await startHost((await tinyPack(new Random(1), { chunkBytes: 4096 })).files);
  account = new BufferAccount();
});
afterEach(async () => {
  vi.restoreAllMocks();
  account.stop();
  await stopHost(url);
});

function open() {
  const { remote, close } = openBorder(
    new Engine(new MemoryStore(), new MemoryTuningStore(), openGpuDevice, new InThreadPrompts()),
  );
  return { load: () => remote.load(url, {}, portTo(undefined), portTo(undefined)), remote, close };
}

/** What the message of a GpuError says is needed and is offered, in bytes. */
async function shortageOf(failure: Promise<unknown>): Promise<{ needed: number; offered: number }> {
  const error: unknown = await failure.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GpuError);
  const [, needed, offered] =
    /^(\d+) bytes of GPU memory are needed.* up to (\d+) bytes/.exec((error as GpuError).message) ?? [];
  return { needed: Number(needed), offered: Number(offered) };
}

it('says what was needed and what there is, and frees everything, where the model does not fit', async () => {
  const { load, remote, close } = open();
  const whole = Object.values((await load()).gpuBytes).reduce((sum, bytes) => sum + bytes, 0);
  await remote.dispose();
  close();
  expect(account.bytes).toBe(0);

  // A device that really is out of memory would be hard on the machine.
  const pop = vi.spyOn(GPUDevice.prototype, 'popErrorScope');
  pop.mockResolvedValueOnce(new GPUOutOfMemoryError('no more')).mockResolvedValueOnce(null);
  const again = open();
  const { needed, offered } = await shortageOf(again.load());
  expect(needed).toBeGreaterThan(whole / 2);
  expect(needed).toBeLessThanOrEqual(whole);
  const adapter = await navigator.gpu.requestAdapter();
  expect(offered).toBe(adapter?.limits.maxBufferSize);
  expect(account.bytes).toBe(0);

  expect(await again.load(), 'there is room now').toMatchObject({ name: 'tiny' });
  await again.remote.dispose();
  again.close();
});

it('says so where memory runs out later on in the loading', async () => {
  const real = Reflect.get<GPUDevice, 'createBuffer'>(GPUDevice.prototype, 'createBuffer');
  vi.spyOn(GPUDevice.prototype, 'createBuffer').mockImplementation(function (this: GPUDevice, descriptor) {
    const error = new GPUOutOfMemoryError('no more');
    if (descriptor.label === 'base-3 codes') {
      this.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    }
    return real.call(this, descriptor);
  });
  const { load, close } = open();
  expect((await shortageOf(load())).needed).toBeGreaterThan(0);
  expect(account.bytes).toBe(0);
  close();
});
