import { createStore, delMany, get, keys, set, type UseStore } from 'idb-keyval';
import { StoreError } from '../errors';
import type { ChunkStore, RecordKey } from './store';

/** How long the database may take to open, in milliseconds: one that another tab is deleting would never answer. */
const OPENING_LIMIT = 5000;

/**
 * A ChunkStore in IndexedDB: one record a chunk, in a database of its own. Where records are laid out in another way,
 * the database has another name: so no version ever reads what it does not know.
 */
export class IndexedDbStore implements ChunkStore {
  readonly #name: string;
  readonly #records: UseStore;
  #opening: Promise<void> | undefined;

  constructor(name = 'sterna') {
    this.#name = name;
    this.#records = createStore(name, 'chunks');
  }

  async get(key: RecordKey): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value = await this.#attempt('read', () => get<unknown>([...key], this.#records));
    return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
  }

  async put(key: RecordKey, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    // A clone of a view takes the whole buffer along.
    const exact = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    await this.#attempt('write', () => set([...key], exact, this.#records));
  }

  async delete(deleted: readonly RecordKey[]): Promise<void> {
    const records = deleted.map((key) => [...key]);
    await this.#attempt('delete', () => delMany(records, this.#records));
  }

  async keys(): Promise<RecordKey[]> {
    const all = await this.#attempt('list', () => keys<IDBValidKey>(this.#records));
    return all.filter(isRecordKey);
  }

  async #open(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`it has not opened in ${OPENING_LIMIT / 1000} seconds`));
      }, OPENING_LIMIT);
    });
    try {
      await Promise.race([this.#records('readonly', () => undefined), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #attempt<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
    try {
      this.#opening ??= this.#open();
      await this.#opening;
      return await work();
    } catch (cause) {
      const full = cause instanceof DOMException && cause.name === 'QuotaExceededError';
      const reason = full
        ? 'the browser has no room left for this model; free some space on the disk or in other sites’ storage'
        : `the browser's storage refused to ${verb} (${String(cause)})`;
      throw new StoreError(reason, { field: this.#name, cause });
    }
  }
}

function isRecordKey(key: IDBValidKey): key is [string, string] {
  return Array.isArray(key) && key.length === 2 && key.every((part) => typeof part === 'string');
}
