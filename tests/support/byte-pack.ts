import { shardName } from '../../src/model/manifest';

export const CHUNK = 256;

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The manifest of some files, as an object ready for JSON. */
export async function manifestOf(files: ReadonlyMap<string, Uint8Array>, chunkBytes = CHUNK) {
  const entries = Array.from(files, async ([path, bytes]) => {
    const count = Math.ceil(bytes.byteLength / chunkBytes);
    const chunks = Array.from({ length: count }, (_, index) =>
      sha256(bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
    );
    return { path, bytes: bytes.byteLength, chunks: await Promise.all(chunks) };
  });
  return {
    format: 'sterna-pack',
    version: 1,
    name: 'tiny',
    embeddings: 'F32',
    chunk_bytes: chunkBytes,
    files: await Promise.all(entries),
  };
}

/** Files that look like a pack's from outside: a configuration and one shard of bytes that mean nothing. */
export async function bytePack(shard: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = new Map([
    ['config.json', new TextEncoder().encode('{"model_type":"hgrn_bit"}')],
    [shardName(0, 1), shard],
  ]);
  files.set('sterna.json', new TextEncoder().encode(JSON.stringify(await manifestOf(files))));
  return files;
}
