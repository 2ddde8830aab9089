import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackError } from '../../../src/errors';
import { CHUNK_BYTES, FILE_BYTES_LIMIT, parseManifest, shardName, shardsOf } from '../../../src/model/manifest';
import { parseJson } from '../../../src/worker/json-file';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const HASH = '0123456789abcdef'.repeat(4);
const file = (path: string, bytes: number, chunks: number) => ({ path, bytes, chunks: Array(chunks).fill(HASH) });
const GOOD = {
  format: 'sterna-pack',
  version: 1,
  name: 'a model',
  embeddings: 'F16',
  chunk_bytes: 1024,
  files: [
    file('config.json', 3, 1),
    file('empty.txt', 0, 0),
    file(shardName(0, 2), 4096, 4),
    file(shardName(1, 2), 4097, 5),
  ],
};

/** What docs/PACK.md promises of a manifest that is taken, or a PackError that names the file. */
function isSoundOrRefused(json: unknown): void {
  const manifest = resultOrRefusal(() => parseManifest(json, 'sterna.json'), [PackError], 'sterna.json');
  if (manifest === undefined) return;
  const { name, chunkBytes, files } = manifest;
  expect(name.length >= 1 && name.length <= 200).toBe(true);
  expect(chunkBytes % 4 === 0 && chunkBytes >= 256 && chunkBytes <= CHUNK_BYTES).toBe(true);
  expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
  for (const { path, bytes, chunks } of files) {
    expect(new URL(path, 'https://host.example/pack/').href).toBe(`https://host.example/pack/${path}`);
    expect(Number.isInteger(bytes) && bytes >= 0 && bytes <= FILE_BYTES_LIMIT).toBe(true);
    expect(chunks.length * chunkBytes).toBeGreaterThanOrEqual(bytes);
    expect((chunks.length - 1) * chunkBytes).toBeLessThan(Math.max(bytes, 1));
    expect(chunks.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
  }
  const shards = shardsOf(manifest);
  expect(shards.map(({ path }) => path)).toEqual(shards.map((_, index) => shardName(index, shards.length)));
}

describe(`a hostile manifest (seed ${seed})`, () => {
  it('is sound or refused where a good one was changed', () => {
    isSoundOrRefused(GOOD);
    fc.assert(fc.property(mutated(GOOD), isSoundOrRefused), parameters);
  });

  it('is sound or refused whatever it is', () => {
    fc.assert(fc.property(hostileValue, isSoundOrRefused), parameters);
  });

  it('is refused where its bytes are no JSON', () => {
    const text = new TextEncoder().encode(JSON.stringify(GOOD));
    const cut = fc.tuple(fc.nat({ max: text.length }), fc.uint8Array({ maxLength: 8 })).map(([at, bytes]) => {
      const changed = text.slice();
      changed.set(bytes.subarray(0, changed.length - at), at);
      return changed;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), cut), (bytes) => {
        const json = resultOrRefusal(() => parseJson(bytes, 'sterna.json'), [PackError], 'sterna.json');
        isSoundOrRefused(json);
      }),
      parameters,
    );
  });

  it('is refused however deep its brackets go', () => {
    const bytes = new TextEncoder().encode('['.repeat(1_000_000));
    expect(resultOrRefusal(() => parseJson(bytes, 'sterna.json'), [PackError], 'sterna.json')).toBeUndefined();
  });
});
