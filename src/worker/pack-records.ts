import { MANIFEST_FILE, parseManifest, type Manifest } from '../model/manifest';
import { parseJson } from './json-file';
import type { ChunkStore, RecordKey } from './store';

/** The manifest of a pack whose chunks are all there. */
export const WHOLE = MANIFEST_FILE;
/** The manifest of a pack while its chunks are being downloaded. */
export const UNDER_WAY = 'under-way';
/** When a pack was last loaded: milliseconds since 1970, in decimal. */
export const LAST_USE = 'last-use';

const CHUNK = /^[0-9a-f]{64}$/;

/** A pack in the browser's storage. */
export interface StoredModel {
  /** URL of the pack's folder. */
  model: string;
  /** The pack's own name for itself; undefined where that cannot be read. */
  name: string | undefined;
  /** Bytes of its chunks that are there. */
  bytes: number;
  /** When it was last loaded, in milliseconds since 1970; 0 where that is not known. */
  lastUse: number;
  /** Whether all of it is there. */
  isWhole: boolean;
}

/** The packs in the store, the least recently used one first. @throws StoreError */
export async function listPacks(store: ChunkStore): Promise<StoredModel[]> {
  const hashes = new Map<string, string[]>();
  for (const [url, name] of await store.keys()) {
    if (CHUNK.test(name)) hashes.set(url, [...(hashes.get(url) ?? []), name]);
  }
  const packs: StoredModel[] = [];
  for (const [url, stored] of hashes) packs.push(await describePack(store, url, stored));
  return packs.toSorted((one, other) => one.lastUse - other.lastUse);
}

async function describePack(store: ChunkStore, url: string, hashes: readonly string[]): Promise<StoredModel> {
  const whole = await readManifest(store, [url, WHOLE]);
  const underWay = await readManifest(store, [url, UNDER_WAY]);
  const sizes = new Map([underWay, whole].flatMap((manifest) => (manifest ? chunkSizes(manifest) : [])));
  let bytes = 0;
  for (const hash of hashes) bytes += sizes.get(hash) ?? (await store.get([url, hash]))?.byteLength ?? 0;
  const stamp = await store.get([url, LAST_USE]);
  const lastUse = stamp === undefined ? 0 : Number(new TextDecoder().decode(stamp));
  return {
    model: url,
    name: (whole ?? underWay)?.name,
    bytes,
    lastUse: Number.isFinite(lastUse) ? lastUse : 0,
    isWhole: whole !== undefined,
  };
}

/** Removes all records of a pack, at once. @throws StoreError */
export async function deletePack(store: ChunkStore, url: string): Promise<void> {
  await store.delete(await recordsOf(store, url));
}

/** The addresses of a pack's records. @throws StoreError */
export async function recordsOf(store: ChunkStore, url: string): Promise<RecordKey[]> {
  return (await store.keys()).filter(([pack]) => pack === url);
}

/** The chunks of a manifest with their bytes, by their hashes. */
export function chunkSizes({ files, chunkBytes }: Manifest): (readonly [hash: string, bytes: number])[] {
  return files.flatMap(({ bytes, chunks }) =>
    chunks.map((hash, index) => [hash, Math.min(chunkBytes, bytes - index * chunkBytes)] as const),
  );
}

/** Undefined too where the record is damaged or of another version: then its pack is not whole. */
async function readManifest(store: ChunkStore, key: RecordKey): Promise<Manifest | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  try {
    return parseManifest(parseJson(bytes, key[0]), key[0]);
  } catch {
    return undefined;
  }
}
