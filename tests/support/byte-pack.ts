import { createHash } from 'node:crypto';
import { shardName } from '../../src/model/manifest';

export const CHUNK = 256;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The manifest of some files, as an object ready for JSON, with chunks of 256 bytes. */
export function manifestOf(files: ReadonlyMap<string, Uint8Array>) {
  return {
    format: 'sterna-pack',
    version: 1,
    name: 'bytes',
    embeddings: 'F32',
    chunk_bytes: CHUNK,
    files: Array.from(files, ([path, bytes]) => ({
      path,
      bytes: bytes.byteLength,
      chunks: Array.from({ length: Math.ceil(bytes.byteLength / CHUNK) }, (_, index) =>
        sha256(bytes.subarray(index * CHUNK, (index + 1) * CHUNK)),
      ),
    })),
  };
}

/** Files that look like a pack's from outside: a configuration and one shard of bytes that mean nothing. */
export function bytePack(shard: Uint8Array): Map<string, Uint8Array> {
  const files = new Map([
    ['config.json', new TextEncoder().encode('{"model_type":"hgrn_bit"}')],
    [shardName(0, 1), shard],
  ]);
  files.set('sterna.json', new TextEncoder().encode(JSON.stringify(manifestOf(files))));
  return files;
}
