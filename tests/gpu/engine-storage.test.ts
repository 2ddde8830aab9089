import { afterEach, describe, expect, it, vi } from 'vitest';
import { createEngine, DownloadControl, storedModels } from '../../src/api';
import type { Engine, EngineOptions, StoredModelsOptions } from '../../src/api';
import * as api from '../../src/api';
import { workerUrl } from '../../src/api/worker-url';
import { startHost, stopHost, takeHostLog } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve() {
  const { files } = await tinyPack(new Random(seed), { chunkBytes: 4096 });
  const url = await startHost(files);
  closers.push(() => stopHost(url));
  return url;
}

async function start(options: EngineOptions): Promise<Engine> {
  const engine = await createEngine({ calibrate: false, ...options });
  closers.push(() => engine.dispose());
  return engine;
}

describe(`storage (seed ${seed})`, () => {
  it('is asked to be kept when a pack was downloaded, and only then', async () => {
    const persist = vi.spyOn(navigator.storage, 'persist').mockResolvedValue(true);
    const quiet = await serve();
    expect((await start({ model: quiet, persist: false })).info).toMatchObject({ stored: true });
    expect(persist).not.toHaveBeenCalled();
    const url = await serve();
    const { info, models } = await start({ model: url });
    expect(info).toMatchObject({ stored: true, downloadedBytes: info.packBytes });
    expect(persist).toHaveBeenCalledOnce();
    expect((await start({ model: url })).info.downloadedBytes).toBe(0);
    expect(persist).toHaveBeenCalledOnce();
    expect(await models.persist()).toBe(true);
    persist.mockRejectedValue(new DOMException('not here', 'SecurityError'));
    expect(await models.persist()).toBe(false);
  });

  it('lists, knows and deletes packs', async () => {
    const url = await serve();
    const before = Date.now();
    const { models, info } = await start({ model: url });
    expect(await models.has(url)).toBe(true);
    expect(await models.has(`${url}another`)).toBe(false);
    const stored = (await models.list()).find(({ model }) => model === url);
    expect(stored).toMatchObject({ name: 'tiny', bytes: info.packBytes, isWhole: true });
    expect(stored?.lastUse).toBeGreaterThanOrEqual(before);
    await models.delete(url);
    expect(await models.has(url)).toBe(false);
    await takeHostLog(url);
    await start({ model: url });
    expect(await takeHostLog(url)).toContain('model-00001-of-00001.safetensors');
    await expect(models.has('http://')).rejects.toMatchObject({ name: 'RequestError', field: 'model' });
  });

  it('can be asked without an engine or WebGPU, by a worker that ends with the answer', async () => {
    const url = await serve();
    const { models, info } = await start({ model: url });
    vi.spyOn(navigator, 'gpu', 'get').mockReturnValue(undefined as unknown as GPU);
    await expect(createEngine({ model: url })).rejects.toThrow(api.GpuError);
    const end = vi.spyOn(Worker.prototype, 'terminate');
    expect(await storedModels.has(url)).toBe(true);
    expect(await storedModels.has(new URL('another', url))).toBe(false);
    const stored = (await storedModels.list()).find(({ model }) => model === url);
    expect(stored).toEqual((await models.list()).find(({ model }) => model === url));
    expect(stored).toMatchObject({ name: 'tiny', bytes: info.packBytes, isWhole: true });
    await storedModels.delete(url);
    expect([await storedModels.has(url), await models.has(url)]).toEqual([false, false]);
    expect(end).toHaveBeenCalledTimes(5);
    await expect(storedModels.has('http://')).rejects.toMatchObject({ name: 'RequestError', field: 'model' });
    expect(end).toHaveBeenCalledTimes(6);
    const wrong = (options: unknown) => storedModels.list(options as StoredModelsOptions);
    await expect(wrong({ signal: 1 })).rejects.toMatchObject({ name: 'RequestError', field: 'signal' });
    await expect(wrong({ worker: '/worker.js' })).rejects.toMatchObject({ name: 'RequestError', field: 'worker' });
    await expect(wrong(null)).rejects.toMatchObject({ name: 'RequestError', field: 'options' });
    await expect(wrong({ persist: true })).rejects.toMatchObject({ name: 'RequestError', field: 'persist' });
  });

  it('is asked by a worker of the page’s own, which is ended, and says so where none can be started', async () => {
    const url = await serve();
    const own = new Worker(workerUrl(), { type: 'module' });
    const end = vi.spyOn(own, 'terminate');
    expect(await storedModels.has(url, { worker: own })).toBe(false);
    expect(end).toHaveBeenCalledOnce();
    const missing = new Worker('/no-such-worker.js', { type: 'module' });
    await expect(storedModels.list({ worker: missing })).rejects.toThrow(api.WorkerError);
    vi.spyOn(globalThis, 'Worker').mockImplementation(function () {
      throw new DOMException('not here', 'SecurityError');
    });
    await expect(storedModels.list()).rejects.toThrow(api.WorkerError);
  });

  it('lets go of a deletion that waits for a download, which is then not done', async () => {
    const url = await serve();
    await start({ model: url });
    const cancel = new AbortController();
    const reason = new Error('never mind');
    await navigator.locks.request(`sterna ${url}`, async () => {
      const deleting = expect(storedModels.delete(url, { signal: cancel.signal })).rejects.toBe(reason);
      await expect
        .poll(async () => (await navigator.locks.query()).pending?.map(({ name }) => name))
        .toContain(`sterna ${url}`);
      cancel.abort(reason);
      await deleting;
    });
    await navigator.locks.request(`sterna ${url}`, () => undefined);
    expect(await storedModels.has(url)).toBe(true);
    const spawned = vi.spyOn(globalThis, 'Worker');
    await expect(storedModels.delete(url, { signal: cancel.signal })).rejects.toBe(reason);
    expect(spawned).not.toHaveBeenCalled();
  });

  it('is of no use to an engine that was disposed of', async () => {
    const engine = await start({ model: await serve() });
    await engine.dispose();
    await expect(engine.models.list()).rejects.toThrow(api.DisposedError);
    await expect(engine.models.delete('/')).rejects.toThrow(api.DisposedError);
  });
});

it('does not begin a download that is paused, which can be cancelled', async () => {
  const download = new DownloadControl();
  download.pause();
  const url = await serve();
  const cancel = new AbortController();
  const loading = start({ model: url, download, signal: cancel.signal });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await takeHostLog(url)).toEqual([]);
  cancel.abort(new Error('never mind'));
  await expect(loading).rejects.toThrow('never mind');
});

it('names an option about downloads or storage that is wrong', async () => {
  const refused = (options: unknown) => createEngine(options as EngineOptions);
  await expect(refused({ model: '/', download: {} })).rejects.toMatchObject({ field: 'download' });
  await expect(refused({ model: '/', onStorageFull: true })).rejects.toMatchObject({ field: 'onStorageFull' });
  await expect(refused({ model: '/', persist: 'yes' })).rejects.toMatchObject({ field: 'persist' });
  await expect(refused({ model: '/', patience: { tries: 0 } })).rejects.toMatchObject({ field: 'patience.tries' });
  await expect(refused({ model: '/', patience: { waits: 1 } })).rejects.toMatchObject({ field: 'patience.waits' });
});
