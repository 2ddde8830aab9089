import { afterEach, describe, expect, it, vi } from 'vitest';
import { DownloadError, PackError } from '../../../src/errors';
import { MemoryStore } from '../../../src/worker/memory-store';
import { PauseGate } from '../../../src/worker/pause-gate';
import { bytePack, CHUNK } from '../../support/byte-pack';
import { loadBytes, randomShard, rangeOf, SHARD } from '../../support/pack-loading';
import { testSeed } from '../../support/random';
import { StaticHost, type Fault } from '../../support/static-host';

const seed = testSeed();
const shard = randomShard(seed, 6);
const hosts: StaticHost[] = [];

afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

/** A host whose answers to requests for a chunk of the shard go wrong in these ways, one after the other. */
async function serve(chunk: number, faults: Fault[], ranges = true): Promise<StaticHost> {
  const host = await StaticHost.start(await bytePack(shard), { ranges });
  hosts.push(host);
  host.fault = (request, response, body) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isMeant = request.url?.endsWith(SHARD) && (!ranges || Math.floor(from / CHUNK) === chunk);
    return isMeant === true && faults.shift()?.(request, response, body) === true;
  };
  return host;
}

function ranges(host: StaticHost): (string | undefined)[] {
  return host.log.filter(({ path }) => path === SHARD).map(({ range }) => range);
}

const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  (_, response) => {
    response.writeHead(code, headers).end('no');
    return true;
  };

/** Sends some bytes of what was asked for, then does as told. */
const partly =
  (count: number, then: (response: Parameters<Fault>[1]) => void): Fault =>
  ({ headers }, response, body) => {
    const [from, to] = (/^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []).slice(1).map(Number);
    response.writeHead(206, { 'content-length': to + 1 - from });
    response.write(body.subarray(from, from + count), () => {
      then(response);
    });
    return true;
  };
const drop = (count: number) => partly(count, (response) => response.destroy());
const hang = (count: number) => partly(count, () => undefined);

const wrongBytes: Fault = ({ headers }, response, body) => {
  const [from, to] = (/^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []).slice(1).map(Number);
  const bytes = body.slice(from, to + 1);
  bytes[7] ^= 1;
  response.writeHead(206).end(bytes);
  return true;
};

describe(`a download (seed ${seed})`, () => {
  it.each([408, 429, 500, 502, 503, 504])('tries again after status %i', async (code) => {
    const host = await serve(2, [status(code), status(code)]);
    const { bytes } = await loadBytes(host.url, new MemoryStore());
    expect(bytes).toEqual(shard);
    expect(ranges(host).filter((range) => range === rangeOf(2, shard))).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 410, 451])('fails at once at status %i and names it', async (code) => {
    const host = await serve(2, [status(code), status(code)]);
    const failure = loadBytes(host.url, new MemoryStore());
    await expect(failure).rejects.toThrow(DownloadError);
    await expect(failure).rejects.toMatchObject({ file: host.url + SHARD });
    await expect(failure).rejects.toThrow(`the server answered ${code}`);
    expect(ranges(host).filter((range) => range === rangeOf(2, shard))).toHaveLength(1);
  });

  it('says what the last try said when none is left', async () => {
    const host = await serve(2, [status(500), drop(9), status(503)]);
    await expect(loadBytes(host.url, new MemoryStore())).rejects.toThrow('the server answered 503');
    expect(ranges(host).filter((range) => range === rangeOf(2, shard))).toHaveLength(2);
  });

  it('waits as long as the host asks to be left alone', async () => {
    const host = await serve(2, [status(429, { 'retry-after': '1' })]);
    const times: number[] = [];
    const { fault } = host;
    host.fault = (request, response, body) => {
      if (request.headers.range === rangeOf(2, shard)) times.push(performance.now());
      return fault?.(request, response, body) === true;
    };
    await loadBytes(host.url, new MemoryStore());
    expect(times).toHaveLength(2);
    // Timers may be early by a millisecond.
    expect(times[1] - times[0]).toBeGreaterThan(990);
  });

  it('goes on from the byte that a dropped connection had come to', async () => {
    const host = await serve(3, [drop(100), drop(50)]);
    const { bytes } = await loadBytes(host.url, new MemoryStore());
    expect(bytes).toEqual(shard);
    const begins = [0, 100, 150].map((received) => `bytes=${3 * CHUNK + received}-${4 * CHUNK - 1}`);
    expect(ranges(host).filter((range) => range?.endsWith(`-${4 * CHUNK - 1}`))).toEqual(begins);
  });

  it('counts no try that got on by an eighth of the chunk', async () => {
    const host = await serve(3, Array<Fault>(5).fill(drop(CHUNK / 8)));
    expect((await loadBytes(host.url, new MemoryStore())).bytes).toEqual(shard);
    const other = await serve(3, Array<Fault>(5).fill(drop(CHUNK / 8 - 1)));
    await expect(loadBytes(other.url, new MemoryStore())).rejects.toThrow(/connection broke/);
  });

  it('takes a connection that stands still for broken, and leaves one that trickles', async () => {
    const host = await serve(1, [hang(10), hang(0)]);
    expect((await loadBytes(host.url, new MemoryStore(), { patience: { stall: 100 } })).bytes).toEqual(shard);
    expect(ranges(host)).toContain(`bytes=${CHUNK + 10}-${2 * CHUNK - 1}`);
    expect(ranges(host).filter((range) => range === `bytes=${CHUNK + 10}-${2 * CHUNK - 1}`)).toHaveLength(2);

    let trickled = 0;
    const trickle: Fault = (_, response, body) => {
      response.writeHead(206);
      const timer = setInterval(() => {
        if (trickled < 16) response.write(body.subarray(CHUNK + 16 * trickled, CHUNK + 16 * ++trickled));
        else response.end();
      }, 20);
      response.on('close', () => {
        clearInterval(timer);
      });
      return true;
    };
    const slow = await serve(1, [trickle]);
    expect((await loadBytes(slow.url, new MemoryStore(), { patience: { stall: 250 } })).bytes).toEqual(shard);
    expect(trickled).toBe(16);
    expect(ranges(slow).filter((range) => range === rangeOf(1, shard))).toHaveLength(1);
  });

  it('says that nothing came when a host stays silent', async () => {
    const host = await serve(1, [hang(0), hang(0), hang(0)]);
    const failure = loadBytes(host.url, new MemoryStore(), { patience: { stall: 50 } });
    await expect(failure).rejects.toThrow(DownloadError);
    await expect(failure).rejects.toThrow('nothing came for 0.05 seconds');
  });

  it('fetches a chunk with other bytes once more, and no chunk but that', async () => {
    const host = await serve(2, [wrongBytes]);
    expect((await loadBytes(host.url, new MemoryStore())).bytes).toEqual(shard);
    expect(ranges(host)).toHaveLength(8);
    const again = await serve(2, [wrongBytes, wrongBytes]);
    const failure = loadBytes(again.url, new MemoryStore(), { patience: { tries: 9 } });
    await expect(failure).rejects.toThrow(PackError);
    await expect(failure).rejects.toMatchObject({ file: again.url + SHARD, field: 'chunk 2' });
    expect(ranges(again).filter((range) => range === rangeOf(2, shard))).toHaveLength(2);
  });

  it('asks for two chunks at once, and never three, when the host is known to cut files', async () => {
    const host = await serve(0, []);
    const open = new Set<unknown>();
    let most = 0;
    host.fault = (request, response) => {
      if (!request.url?.endsWith(SHARD)) return false;
      open.add(response);
      most = Math.max(most, open.size);
      const [from, to] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).slice(1).map(Number);
      response.writeHead(206);
      setTimeout(() => {
        open.delete(response);
        response.end(shard.subarray(from, to + 1));
      }, 20);
      return true;
    };
    expect((await loadBytes(host.url, new MemoryStore())).bytes).toEqual(shard);
    expect(most).toBe(2);
  });

  it('goes on with one stream at a host that ignores ranges, after a drop too', async () => {
    let sent = 0;
    const dropWhole: Fault = (_, response, body) => {
      sent = 3 * CHUNK + 20;
      response.writeHead(200, { 'content-length': body.byteLength });
      response.write(body.subarray(0, sent), () => response.destroy());
      return true;
    };
    const host = await serve(0, [dropWhole], false);
    const { bytes, origins } = await loadBytes(host.url, new MemoryStore());
    expect(bytes).toEqual(shard);
    expect(origins).toEqual(Array(7).fill('network'));
    // The second asks for what was missing, though the host sends it all again.
    expect(ranges(host)).toEqual([rangeOf(0, shard), `bytes=${sent}-${4 * CHUNK - 1}`]);
  });

  it('says that the pack was changed on the server meanwhile', async () => {
    const host = await serve(0, []);
    const other = randomShard(seed + 1, 6);
    const changed = await bytePack(other);
    host.fault = (request, response) => {
      if (request.headers.range !== rangeOf(3, shard)) return false;
      host.files.set('sterna.json', changed.get('sterna.json') ?? new Uint8Array());
      response.writeHead(206).end(other.subarray(3 * CHUNK, 4 * CHUNK));
      return true;
    };
    const store = new MemoryStore();
    const loading = loadBytes(host.url, store);
    await expect(loading).rejects.toThrow(PackError);
    await expect(loading).rejects.toThrow('the pack was changed on the server');
    host.fault = undefined;
    host.files.set(SHARD, other);
    expect((await loadBytes(host.url, store)).bytes).toEqual(other);
    const before = await store.keys();
    await loadBytes(host.url, store);
    expect(await store.keys()).toHaveLength(before.length);
  });

  it('sends If-Range to the page’s own origin only', async () => {
    for (const isOwn of [true, false]) {
      const host = await serve(0, []);
      const sent: (string | undefined)[] = [];
      host.fault = (request, response) => {
        if (request.url?.endsWith(SHARD)) sent.push(request.headers['if-range'] as string | undefined);
        response.setHeader('etag', '"one"');
        return false;
      };
      vi.stubGlobal('origin', isOwn ? new URL(host.url).origin : 'https://page.example');
      await loadBytes(host.url, new MemoryStore());
      expect(sent).toHaveLength(7);
      expect(sent[0]).toBeUndefined();
      expect(new Set(sent.slice(1))).toEqual(new Set([isOwn ? '"one"' : undefined]));
    }
  });
});

describe('a paused download', () => {
  it('ends what is under way, begins nothing, and goes on with what is missing', async () => {
    const host = await serve(2, [hang(30)]);
    const gate = new PauseGate();
    const store = new MemoryStore();
    const loading = loadBytes(host.url, store, { gate, patience: { stall: 60_000 } });
    await expect.poll(() => ranges(host)).toContain(rangeOf(3, shard));
    await expect.poll(async () => (await store.keys()).length).toBe(5);
    gate.pause();
    const asked = host.log.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(host.log).toHaveLength(asked);
    gate.resume();
    const { bytes, origins } = await loading;
    expect(bytes).toEqual(shard);
    expect(origins).toEqual(Array(7).fill('network'));
    const all = ranges(host);
    expect(all.filter((range) => range === rangeOf(2, shard))).toHaveLength(2);
    expect(new Set(all).size).toBe(all.length - 1);
  });

  it('does not begin when it is paused from the start, and can be cancelled', async () => {
    const host = await serve(0, []);
    const gate = new PauseGate();
    gate.pause();
    const controller = new AbortController();
    const loading = loadBytes(host.url, new MemoryStore(), { gate, signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(host.log).toEqual([]);
    controller.abort(new Error('never mind'));
    await expect(loading).rejects.toThrow('never mind');
  });
});

it('is cancelled at once while it waits for another try', async () => {
  const host = await serve(1, [status(503, { 'retry-after': '60' }), status(503)]);
  const controller = new AbortController();
  const loading = loadBytes(host.url, new MemoryStore(), { signal: controller.signal, patience: { delay: 60_000 } });
  await expect.poll(() => ranges(host)).toContain(rangeOf(1, shard));
  setTimeout(() => {
    controller.abort('a reason that is no Error');
  }, 50);
  await expect(loading).rejects.toBe('a reason that is no Error');
});
