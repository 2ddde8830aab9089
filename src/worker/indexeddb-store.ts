import { delMany, get, keys, set, type UseStore } from 'idb-keyval';
import { StoreError } from '../errors';
import { Database } from './database';
import type { ChunkStore, RecordKey } from './store';

/**
 * A ChunkStore in IndexedDB: one record a chunk, in a database of its own. Records are Blobs, which Chromium reads twice as
 * fast as ArrayBuffers (docs/PERFORMANCE.md). Where records are laid out in another way, the database has another name: so no
 * version ever reads what it does not know.
 */
export class IndexedDbStore implements ChunkStore {
  readonly #name: string;
  readonly #database: Database;

  constructor(name = 'sterna') {
    this.#name = name;
    this.#database = new Database(name, 'chunks');
  }

  async get(key: RecordKey): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value = await this.#attempt('read', (records) => get<unknown>([...key], records));
    if (!(value instanceof Blob)) return undefined;
    // The browser keeps a Blob's bytes apart from its record: where they are gone, so is the chunk.
    const bytes = await value.arrayBuffer().catch(() => undefined);
    return bytes && new Uint8Array(bytes);
  }

  async put(key: RecordKey, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#attempt('write', (records) => set([...key], new Blob([bytes]), records));
  }

  async delete(deleted: readonly RecordKey[]): Promise<void> {
    const all = deleted.map((key) => [...key]);
    await this.#attempt('delete', (records) => delMany(all, records));
  }

  async keys(): Promise<RecordKey[]> {
    const all = await this.#attempt('list', (records) => keys<IDBValidKey>(records));
    return all.filter(isRecordKey);
  }

  async #attempt<Result>(verb: string, work: (records: UseStore) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#database.open());
    } catch (cause) {
      const full = cause instanceof DOMException && cause.name === 'QuotaExceededError';
      const reason = full
        ? 'the browser has no room left for this; free some space on the disk or in other sites’ storage'
        : `the browser's storage refused to ${verb} (${String(cause)})`;
      throw new StoreError(reason, { field: this.#name, cause });
    }
  }
}

function isRecordKey(key: IDBValidKey): key is [string, string] {
  return Array.isArray(key) && key.length === 2 && key.every((part) => typeof part === 'string');
}
