import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PackError } from '../../../src/errors';
import { parseManifest, shardsOf } from '../../../src/model/manifest';

const HASH = 'ab'.repeat(32);
const MEBIBYTE = 1024 * 1024;
const CONFIG = { path: 'config.json', bytes: 3, chunks: [HASH] };
const SHARDS = [
  { path: 'model-00001-of-00002.safetensors', bytes: 24 * MEBIBYTE, chunks: [HASH, HASH, HASH] },
  { path: 'model-00002-of-00002.safetensors', bytes: 8 * MEBIBYTE + 1, chunks: [HASH, HASH] },
];
const GOOD = {
  format: 'sterna-pack',
  version: 1,
  name: 'a model',
  embeddings: 'F16',
  chunk_bytes: 8 * MEBIBYTE,
  files: [CONFIG, ...SHARDS],
};
const withFile = (file: unknown) => ({ ...GOOD, files: [CONFIG, ...SHARDS, file] });

describe('parseManifest', () => {
  test('reads a good one', () => {
    const manifest = parseManifest(GOOD, 'sterna.json');
    expect(manifest).toEqual({ name: 'a model', embeddings: 'F16', chunkBytes: 8 * MEBIBYTE, files: GOOD.files });
    expect(shardsOf(manifest)).toEqual(SHARDS);
  });

  test('says so when the pack is of a later version', () => {
    expect(() => parseManifest({ ...GOOD, version: 2, files: 'other' }, 'sterna.json')).toThrow(
      'sterna.json: version: this Sterna reads packs of version 1, not 2',
    );
  });

  test.each([
    ['another format', { ...GOOD, format: 'zip' }, 'format'],
    ['no name', { ...GOOD, name: '' }, 'name'],
    ['a name that turns the text after it around', { ...GOOD, name: 'a\u202eb' }, 'name'],
    ['a name with a line break', { ...GOOD, name: 'a\nb' }, 'name'],
    ['an unknown type of embeddings', { ...GOOD, embeddings: 'F8' }, 'embeddings'],
    ['chunks of no multiple of 4', { ...GOOD, chunk_bytes: 1022 }, 'chunk_bytes'],
    ['chunks above 8 MiB', { ...GOOD, chunk_bytes: 16 * MEBIBYTE }, 'chunk_bytes'],
    ['no files', { ...GOOD, files: [] }, 'files'],
    ['no config', { ...GOOD, files: SHARDS }, 'files'],
    ['no weights', { ...GOOD, files: [CONFIG] }, 'files'],
    ['shards in another order', { ...GOOD, files: [CONFIG, ...SHARDS.toReversed()] }, 'files'],
    ['a shard too few', { ...GOOD, files: [CONFIG, ...SHARDS.slice(1)] }, 'files'],
    ['a file of the name twice', withFile(CONFIG), 'files.3'],
    ['itself', withFile({ ...CONFIG, path: 'sterna.json' }), 'files.3'],
    ['too few hashes', withFile({ path: 'a', bytes: 9 * MEBIBYTE, chunks: [HASH] }), 'files.3.chunks'],
    ['too many hashes', withFile({ path: 'a', bytes: 0, chunks: [HASH] }), 'files.3.chunks'],
    ['a hash in capitals', withFile({ path: 'a', bytes: 1, chunks: [HASH.toUpperCase()] }), 'files.3.chunks.0'],
    ['a file above 24 MiB', withFile({ path: 'a', bytes: 24 * MEBIBYTE + 1, chunks: [HASH] }), 'files.3.bytes'],
    ['bytes below 0', withFile({ path: 'a', bytes: -1, chunks: [] }), 'files.3.bytes'],
  ])('refuses %s', (_, json, field) => {
    expect(() => parseManifest(json, 'sterna.json')).toThrow(PackError);
    expect(() => parseManifest(json, 'sterna.json')).toThrow(`sterna.json: ${field}: `);
  });

  test.each([
    '../x',
    '/x',
    'a/../x',
    'a\\x',
    'https://x.org/a',
    '//x',
    '..',
    '.x',
    '',
    'a%2fb',
    'a?b',
    'a#b',
    'a\0',
    'C:x',
  ])('refuses the path %j', (path) => {
    expect(() => parseManifest(withFile({ path, bytes: 1, chunks: [HASH] }), 'sterna.json')).toThrow(/files\.3\.path/);
  });

  test('throws nothing but PackError', () => {
    const change = fc.dictionary(fc.constantFrom(...Object.keys(GOOD)), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          change.map((fields) => ({ ...GOOD, ...fields })),
        ),
        (json) => {
          try {
            parseManifest(json, 'sterna.json');
          } catch (error) {
            expect(error).toBeInstanceOf(PackError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
