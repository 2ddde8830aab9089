import { afterEach, describe, expect, it } from 'vitest';
import { DownloadError, PackError } from '../../../src/errors';
import { MemoryStore } from '../../../src/worker/memory-store';
import { bytePack, CHUNK, manifestOf } from '../../support/byte-pack';
import { fileOf, loadBytes, openSource, randomShard as randomBytes, rangeOf, SHARD } from '../../support/pack-loading';
import { testSeed } from '../../support/random';
import { StaticHost, type HostOptions } from '../../support/static-host';

const seed = testSeed();

function randomShard(chunks: number, rest?: number): Uint8Array {
  return randomBytes(seed, chunks, rest);
}

let host: StaticHost | undefined;
afterEach(async () => {
  await host?.stop();
  host = undefined;
});

async function serve(files: Map<string, Uint8Array>, options: HostOptions = { ranges: true }): Promise<StaticHost> {
  await host?.stop();
  host = await StaticHost.start(files, options);
  return host;
}

describe.each([{ ranges: true }, { ranges: false }])('PackSource, host with ranges: $ranges', (options) => {
  it(`reads every byte of the pack, each once (seed ${seed})`, async () => {
    const shard = randomShard(5);
    const { url, log } = await serve(await bytePack(shard), options);
    const { bytes, origins } = await loadBytes(url, new MemoryStore());
    expect(bytes).toEqual(shard);
    expect(origins).toEqual(Array(6).fill('network'));
    const asked = log.filter(({ path }) => path === SHARD).map(({ range }) => range);
    if (options.ranges) expect(asked).toEqual([0, 1, 2, 3, 4, 5].map((chunk) => rangeOf(chunk, shard)));
    else expect(asked).toHaveLength(1);
  });

  it('asks for nothing but the manifest at a second start', async () => {
    const shard = randomShard(3);
    const { url, log } = await serve(await bytePack(shard), options);
    const store = new MemoryStore();
    await loadBytes(url, store);
    log.length = 0;
    const { bytes, origins } = await loadBytes(url, store);
    expect(bytes).toEqual(shard);
    expect(new Set(origins)).toEqual(new Set(['store']));
    expect(log.map(({ path }) => path)).toEqual(['sterna.json']);
  });

  it('fetches only the chunks that the store lacks or holds damaged', async () => {
    const shard = randomShard(6, 0);
    const { url, log } = await serve(await bytePack(shard), options);
    const store = new MemoryStore();
    await loadBytes(url, store);
    const hashes = (await manifestOf(new Map([[SHARD, shard]]))).files.flatMap(({ chunks }) => chunks);
    await store.delete([[url, hashes[1] ?? '']]);
    await store.put([url, hashes[3] ?? ''], new Uint8Array(CHUNK));
    await store.put([url, hashes[4] ?? ''], shard.slice(4 * CHUNK, 4 * CHUNK + 5));
    log.length = 0;
    const { bytes, origins } = await loadBytes(url, store);
    expect(bytes).toEqual(shard);
    expect(origins).toEqual(['store', 'network', 'store', 'network', 'network', 'store']);
    const asked = log.filter(({ path }) => path === SHARD).map(({ range }) => range);
    expect(asked).toEqual((options.ranges ? [1, 3, 4] : [1]).map((chunk) => rangeOf(chunk, shard)));
    expect(new Set((await loadBytes(url, store)).origins)).toEqual(new Set(['store']));
  });

  it('reads the network forwards and each byte once where several chunks are asked for at once', async () => {
    const shard = randomShard(6, 0);
    const { url, log } = await serve(await bytePack(shard), options);
    const store = new MemoryStore();
    await loadBytes(url, store);
    const [first, , third] = (await manifestOf(new Map([[SHARD, shard]]))).files.flatMap(({ chunks }) => chunks);
    await store.put([url, first], new Uint8Array(CHUNK));
    await store.delete([[url, third]]);
    log.length = 0;
    const source = await openSource(url, store);
    const file = fileOf(source, SHARD);
    const chunks = await Promise.all(file.chunks.map((_, index) => source.chunk(file, index)));
    source.close();
    expect(chunks.map(({ origin }) => origin)).toEqual(['network', 'store', 'network', 'store', 'store', 'store']);
    expect(Uint8Array.from(chunks.flatMap(({ bytes }) => [...bytes]))).toEqual(shard);
    const asked = log.filter(({ path }) => path === SHARD).map(({ range }) => range);
    expect(asked).toEqual((options.ranges ? [0, 2] : [0]).map((chunk) => rangeOf(chunk, shard)));
  });

  it('refuses bytes that are not the promised ones, names them and stores nothing of them', async () => {
    const shard = randomShard(4);
    const files = await bytePack(shard);
    const wrong = shard.slice();
    wrong[2 * CHUNK + 5] ^= 1;
    files.set(SHARD, wrong);
    const { url } = await serve(files, options);
    const store = new MemoryStore();
    const hashes = (await manifestOf(new Map([[SHARD, shard]]))).files.flatMap(({ chunks }) => chunks);
    const failure = loadBytes(url, store);
    await expect(failure).rejects.toThrow(PackError);
    await expect(failure).rejects.toMatchObject({ file: url + SHARD, field: 'chunk 2' });
    const names = (await store.keys()).map(([, name]) => name);
    expect(names).toContain(hashes[1]);
    expect(names).not.toContain(hashes[2]);
    expect(names).not.toContain('sterna.json');
  });

  it('names where a file ends too soon', async () => {
    const shard = randomShard(4);
    const files = await bytePack(shard);
    files.set(SHARD, shard.subarray(0, 2 * CHUNK + 100));
    const { url } = await serve(files, options);
    const failure = loadBytes(url, new MemoryStore());
    await expect(failure).rejects.toThrow(DownloadError);
    await expect(failure).rejects.toThrow(
      options.ranges ? /416/ : `ends at byte ${2 * CHUNK + 100} of ${4 * CHUNK + 17}`,
    );
    await expect(failure).rejects.toMatchObject({ file: url + SHARD });
  });

  it('goes on from the last whole chunk after a broken connection', async () => {
    const shard = randomShard(5, 0);
    const server = await serve(await bytePack(shard), options);
    let left = 1;
    server.fault = (request, response, body) => {
      const isThird = request.headers.range === rangeOf(2, shard) || !options.ranges;
      if (!request.url?.endsWith(SHARD) || !isThird || left-- <= 0) return false;
      const [from, to] = options.ranges ? [2 * CHUNK, 3 * CHUNK] : [0, body.byteLength];
      response.writeHead(options.ranges ? 206 : 200, { 'content-length': to - from });
      response.write(body.subarray(from, 2 * CHUNK + 50), () => response.destroy());
      return true;
    };
    const store = new MemoryStore();
    await expect(loadBytes(server.url, store, { patience: { tries: 1 } })).rejects.toThrow(/connection broke/);
    const there = new Set((await store.keys()).map(([, name]) => name));
    const { bytes, origins } = await loadBytes(server.url, store);
    expect(bytes).toEqual(shard);
    // The fourth was under way at the same time, and may have come.
    const hashes = (await manifestOf(new Map([[SHARD, shard]]))).files.flatMap(({ chunks }) => chunks);
    expect(origins).toEqual(hashes.map((hash) => (there.has(hash) ? 'store' : 'network')));
    expect(origins.slice(0, 3)).toEqual(['store', 'store', 'network']);
  });

  it('stops in the middle of a chunk when it is aborted', async () => {
    const shard = randomShard(5);
    const server = await serve(await bytePack(shard), options);
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    server.fault = (request, response, body) => {
      if (!request.url?.endsWith(SHARD)) return false;
      closed = new Promise((resolve) => response.once('close', resolve));
      response.writeHead(options.ranges ? 206 : 200, { 'content-length': options.ranges ? CHUNK : body.byteLength });
      response.write(body.subarray(0, 100), () => {
        setTimeout(() => {
          controller.abort(new Error('enough'));
        }, 20);
      });
      return true;
    };
    const store = new MemoryStore();
    await expect(loadBytes(server.url, store, { signal: controller.signal })).rejects.toThrow('enough');
    await closed;
    expect((await store.keys()).map(([, name]) => name)).not.toContain('sterna.json');
  });
});

describe('PackSource', () => {
  it('loads a wholly stored pack without a network, and no half-stored one', async () => {
    const shard = randomShard(4);
    const server = await serve(await bytePack(shard));
    const store = new MemoryStore();
    const half = await openSource(server.url, store);
    await half.chunk(fileOf(half, SHARD), 0);
    half.close();
    const { url } = server;
    await server.stop();
    await expect(loadBytes(url, store)).rejects.toThrow(DownloadError);

    const again = await serve(await bytePack(shard));
    await loadBytes(again.url, store);
    await again.stop();
    expect((await loadBytes(again.url, store)).bytes).toEqual(shard);
  });

  it('keeps the old version until a changed pack is whole, then drops what it left', async () => {
    const first = randomShard(3, 0);
    const second = first.slice();
    second.fill(1, CHUNK, 2 * CHUNK);
    const server = await serve(await bytePack(first));
    const store = new MemoryStore();
    await loadBytes(server.url, store);
    const before = (await store.keys()).length;
    for (const [path, bytes] of await bytePack(second)) server.files.set(path, bytes);
    const { bytes, origins } = await loadBytes(server.url, store);
    expect(bytes).toEqual(second);
    expect(origins).toEqual(['store', 'network', 'store']);
    expect(await store.keys()).toHaveLength(before);
  });

  it('leaves other packs in the store alone', async () => {
    const store = new MemoryStore();
    await store.put(['https://another.example/', 'a'], Uint8Array.of(1));
    const { url } = await serve(await bytePack(randomShard(1)));
    await loadBytes(url, store);
    expect(await store.get(['https://another.example/', 'a'])).toEqual(Uint8Array.of(1));
  });

  it.each([
    ['a 404', 404, '<html>', DownloadError, /the server answered 404/],
    ['a server at its end', 503, '', DownloadError, /the server answered 503/],
    ['a web page', 200, '<!doctype html><title>Home</title>', PackError, /not JSON but a web page/],
    ['no JSON', 200, '{"format":', PackError, /not JSON/],
    ['other JSON', 200, '{"format":"else","version":1}', PackError, /format/],
    ['a manifest of 2 MB', 200, ' '.repeat(2_000_000), DownloadError, /is larger than/],
  ])('says in plain words that the manifest is %s', async (_, status, body, type, message) => {
    const server = await serve(await bytePack(randomShard(1)));
    server.fault = (_request, response) => {
      response.writeHead(status).end(body);
      return true;
    };
    const failure = openSource(server.url, new MemoryStore());
    await expect(failure).rejects.toThrow(type);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(`${server.url}sterna.json`);
  });

  it('says that there is no such host', async () => {
    const server = await serve(new Map());
    const { url } = server;
    await server.stop();
    await expect(openSource(url, new MemoryStore())).rejects.toThrow(/no answer/);
  });

  it('names a missing shard', async () => {
    const files = await bytePack(randomShard(1));
    files.delete(SHARD);
    const { url } = await serve(files);
    await expect(loadBytes(url, new MemoryStore())).rejects.toMatchObject({ name: 'DownloadError', file: url + SHARD });
  });
});
