import { afterEach, describe, expect, it } from 'vitest';
import { listPacks } from '../../../src/worker/pack-records';
import type { StorageQuestion } from '../../../src/worker/room';
import { StoredModels } from '../../../src/worker/stored-models';
import { bytePack } from '../../support/byte-pack';
import { LimitedStore } from '../../support/limited-store';
import { fileOf, loadBytes, openSource, randomShard, SHARD } from '../../support/pack-loading';
import { testSeed } from '../../support/random';
import { StaticHost } from '../../support/static-host';

const seed = testSeed();
const hosts: StaticHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function serve(shardSeed = seed, chunks = 5) {
  const shard = randomShard(shardSeed, chunks);
  const host = await StaticHost.start(await bytePack(shard), { ranges: true });
  hosts.push(host);
  const files = [...host.files].filter(([path]) => path !== 'sterna.json');
  return { host, shard, url: host.url, bytes: files.reduce((sum, [, { byteLength }]) => sum + byteLength, 0) };
}

async function packsIn(store: LimitedStore): Promise<string[]> {
  return [...new Set((await store.keys()).map(([pack]) => pack))];
}

const never = new AbortController().signal;

describe(`a full store (seed ${seed})`, () => {
  it('loads without storing and says so where nothing may be deleted, and keeps no part', async () => {
    const kept = await serve(1);
    const store = new LimitedStore();
    await loadBytes(kept.url, store);
    store.limit = (await store.bytes()) + 1500;
    const { url, shard } = await serve();
    const { bytes, refusal } = await loadBytes(url, store);
    expect(bytes).toEqual(shard);
    expect(refusal).toBe('no room');
    expect(await packsIn(store)).toEqual([kept.url]);
  });

  it('deletes the least recently used packs, no more than are needed, when the page agrees', async () => {
    const packs = [await serve(1), await serve(2), await serve(3)];
    const store = new LimitedStore();
    for (const { url } of packs) {
      await loadBytes(url, store);
      // The stamps of last uses are in milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await loadBytes(packs[0].url, store);
    store.limit = (await store.bytes()) + 10;
    const { url, shard, bytes: size } = await serve();
    const questions: StorageQuestion[] = [];
    const ask = (question: StorageQuestion) => {
      questions.push(question);
      return Promise.resolve(true);
    };
    const { bytes, refusal } = await loadBytes(url, store, { ask });
    expect(bytes).toEqual(shard);
    expect(refusal).toBeUndefined();
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatchObject({ model: url, neededBytes: size });
    expect(questions[0].candidates.map(({ model }) => model)).toEqual([packs[1].url, packs[2].url, packs[0].url]);
    expect(questions[0].candidates[0]).toMatchObject({ bytes: packs[1].bytes, isWhole: true, name: 'tiny' });
    expect(new Set(await packsIn(store))).toEqual(new Set([packs[2].url, packs[0].url, url]));
    expect(new Set((await loadBytes(url, store)).origins)).toEqual(new Set(['store']));
  });

  it('does not ask where deleting could not help, and gives up when all that it may delete is gone', async () => {
    const store = new LimitedStore(1500);
    const { url, shard } = await serve(seed, 9);
    const ask = () => Promise.reject(new Error('asked'));
    expect(await loadBytes(url, store, { ask })).toMatchObject({ bytes: shard, refusal: 'no room' });
    expect(await store.keys()).toEqual([]);

    store.limit = Infinity;
    const small = await serve(1, 1);
    await loadBytes(small.url, store);
    store.limit = 3000;
    const asked = await loadBytes(url, store, { ask: () => Promise.resolve(true) });
    expect(asked).toMatchObject({ bytes: shard, refusal: 'no room' });
    expect(await store.keys()).toEqual([]);
  });

  it('starts from what is stored where there is no room any more, and leaves it whole', async () => {
    const { url, shard } = await serve();
    const store = new LimitedStore();
    await loadBytes(url, store);
    store.limit = 0;
    for (let start = 0; start < 2; start++) {
      expect(await loadBytes(url, store)).toMatchObject({ bytes: shard, downloadedBytes: 0, refusal: undefined });
    }
    expect(await new StoredModels(store).has(url)).toBe(true);
  });

  it('drops the version of the pack that the server no longer has before it asks', async () => {
    const { host, url } = await serve();
    const store = new LimitedStore();
    await loadBytes(url, store);
    store.limit = (await store.bytes()) + 600;
    const changed = randomShard(seed + 1, 5);
    for (const [path, bytes] of await bytePack(changed)) host.files.set(path, bytes);
    const ask = () => Promise.reject(new Error('asked'));
    expect(await loadBytes(url, store, { ask })).toMatchObject({ bytes: changed, refusal: undefined });
    expect(new Set((await loadBytes(url, store)).origins)).toEqual(new Set(['store']));
  });
});

describe('a store that refuses', () => {
  it.each([
    [['get'], undefined],
    [['put'], 'refused to put'],
    [['delete'], 'refused to delete'],
    [['keys'], 'refused to keys'],
    [['get', 'put', 'delete', 'keys'], 'refused to put'],
  ] as const)('never fails a load, and says so: %j', async (verbs, refusal) => {
    const { url, shard } = await serve();
    const store = new LimitedStore();
    store.refused = new Set(verbs);
    for (let start = 0; start < 2; start++)
      expect(await loadBytes(url, store)).toMatchObject({ bytes: shard, refusal });
  });

  it('reads what is damaged or of another version as absent, and lists it as a part', async () => {
    const { url, bytes: size, shard } = await serve();
    const store = new LimitedStore();
    await loadBytes(url, store);
    await store.put([url, 'sterna.json'], new TextEncoder().encode('{"format":"sterna-pack","version":2}'));
    await store.put([url, 'last-use'], new TextEncoder().encode('yesterday'));
    expect(await listPacks(store)).toEqual([{ model: url, name: undefined, bytes: size, lastUse: 0, isWhole: false }]);
    expect(await loadBytes(url, store)).toMatchObject({ bytes: shard, downloadedBytes: 0, refusal: undefined });
    expect(await listPacks(store)).toMatchObject([{ model: url, name: 'tiny', isWhole: true }]);
  });
});

describe('StoredModels', () => {
  it('lists, knows and deletes packs, whole ones and parts', async () => {
    const store = new LimitedStore();
    const models = new StoredModels(store);
    const whole = await serve(1);
    const part = await serve(2);
    expect(await models.list()).toEqual([]);
    const before = Date.now();
    await loadBytes(whole.url, store);
    const source = await openSource(part.url, store);
    await source.chunk(fileOf(source, SHARD), 0);
    source.close();
    const [first, second] = await models.list();
    expect(first).toEqual({ model: part.url, name: 'tiny', bytes: 256, lastUse: 0, isWhole: false });
    expect(second).toMatchObject({ model: whole.url, name: 'tiny', bytes: whole.bytes, isWhole: true });
    expect(second.lastUse).toBeGreaterThanOrEqual(before);
    expect(second.lastUse).toBeLessThanOrEqual(Date.now());
    expect([await models.has(whole.url), await models.has(part.url)]).toEqual([true, false]);
    await models.delete(whole.url, never);
    expect(await packsIn(store)).toEqual([part.url]);
    await models.delete(part.url, never);
    await models.delete('https://never.example/', never);
    expect(await store.keys()).toEqual([]);
  });

  it('takes chunks from under a load, which fetches them and does not call the pack whole', async () => {
    const { url, shard } = await serve();
    const store = new LimitedStore();
    await loadBytes(url, store);
    const source = await openSource(url, store);
    const file = fileOf(source, SHARD);
    const first = await source.chunk(file, 0);
    await new StoredModels(store).delete(url, never);
    const rest = [];
    for (const index of file.chunks.keys()) if (index > 0) rest.push(await source.chunk(file, index));
    expect(Uint8Array.from([first, ...rest].flatMap(({ bytes }) => [...bytes]))).toEqual(shard);
    await source.markWhole([file]);
    source.close();
    expect(source.refusal).toMatch(/deleted/);
    expect(await new StoredModels(store).has(url)).toBe(false);
    expect((await loadBytes(url, store)).origins.filter((origin) => origin === 'network')).toHaveLength(1);
  });
});
