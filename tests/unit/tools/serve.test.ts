import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PackError } from '../../../src/errors';
import { servePack } from '../../../tools/serve';
import { UsageError } from '../../../tools/usage';
import { Random, testSeed } from '../../support/random';
import { temporaryFolder } from '../../support/temporary-folder';
import { tinyPack } from '../../support/tiny-pack';

const SHARD = 'model-00001-of-00001.safetensors';
const seed = testSeed();

async function packFolder() {
  const folder = join(await temporaryFolder(), 'pack');
  await mkdir(folder);
  const { files } = await tinyPack(new Random(seed));
  for (const [path, bytes] of files) await writeFile(join(folder, path), bytes);
  return { folder, files };
}

async function serve() {
  const pack = await packFolder();
  const server = await servePack(pack.folder, 'localhost', 0);
  onTestFinished(() => server.close());
  return { ...pack, ...server };
}

describe(`sterna serve (seed ${seed})`, () => {
  test('serves every file of the pack as it is, to any origin', async () => {
    const { url, files, name } = await serve();
    expect(name).toBe('tiny');
    for (const [path, bytes] of files) {
      const response = await fetch(url + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    }
  });

  test('serves parts of a file, and the whole where what is asked for is no part', async () => {
    const { url, files } = await serve();
    const shard = files.get(SHARD);
    const ask = async (range: string) => {
      const response = await fetch(url + SHARD, { headers: { range } });
      const { status, headers } = response;
      return { status, range: headers.get('content-range'), bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    const size = shard?.byteLength ?? 0;
    expect(await ask('bytes=10-29')).toEqual({
      status: 206,
      range: `bytes 10-29/${size}`,
      bytes: shard?.subarray(10, 30),
    });
    expect(await ask(`bytes=${size - 3}-`)).toMatchObject({ status: 206, bytes: shard?.subarray(size - 3) });
    expect(await ask(`bytes=${size}-`)).toMatchObject({ status: 416, range: `bytes */${size}` });
    for (const none of ['bytes=9-3', 'bytes=-5', 'bytes=0-1,4-5', 'lines=1-2']) {
      expect(await ask(none)).toEqual({ status: 200, range: null, bytes: shard });
    }
  });

  test('says by an ETag that a file is still the same, and that it changed', async () => {
    const { url, folder } = await serve();
    const first = await fetch(`${url}config.json`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    expect(first.headers.get('access-control-expose-headers')).toContain('ETag');
    const again = () => fetch(`${url}config.json`, { headers: { 'if-none-match': etag } });
    const same = await again();
    expect(same.status).toBe(304);
    expect(same.headers.get('access-control-allow-origin')).toBe('*');
    await writeFile(join(folder, 'config.json'), '{"another": "config"}');
    const changed = await again();
    expect(changed.status).toBe(200);
    expect(await changed.text()).toBe('{"another": "config"}');
  });

  test('lets a page ask before it asks for parts, and takes nothing in', async () => {
    const { url } = await serve();
    const preflight = await fetch(url + SHARD, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
    expect((await fetch(url + SHARD, { method: 'PUT', body: 'x' })).status).toBe(405);
    expect((await fetch(`${url}no-such-file`)).status).toBe(404);
  });

  test('gives nothing that lies outside of the folder', async () => {
    const { url, folder } = await serve();
    await writeFile(join(folder, '../secret.json'), '{}');
    for (const path of ['/../secret.json', '/%2e%2e/secret.json', '/..%2fsecret.json']) {
      // fetch would take the dots out of the path.
      const [response] = (await once(request(url, { path }).end(), 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(404);
    }
  });

  test('refuses a folder that is no pack and a port that is taken', async () => {
    await expect(servePack(await temporaryFolder(), 'localhost', 0)).rejects.toThrow(PackError);
    const other = createServer().listen(0, 'localhost');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { folder } = await packFolder();
    const refusal = servePack(folder, 'localhost', port);
    await expect(refusal).rejects.toThrow(`port ${port} of localhost is in use; choose another one with --port`);
    await expect(refusal).rejects.toThrow(UsageError);
  });
});
