import type { ChunkStore, RecordKey } from './store';

/** A ChunkStore that lasts as long as its object: for small packs and for where a page may store nothing. */
export class MemoryStore implements ChunkStore {
  readonly #records = new Map<string, { key: RecordKey; bytes: Uint8Array<ArrayBuffer> }>();

  get(key: RecordKey): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return Promise.resolve(this.#records.get(JSON.stringify(key))?.bytes.slice());
  }

  put(key: RecordKey, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#records.set(JSON.stringify(key), { key, bytes: bytes.slice() });
    return Promise.resolve();
  }

  delete(keys: readonly RecordKey[]): Promise<void> {
    for (const key of keys) this.#records.delete(JSON.stringify(key));
    return Promise.resolve();
  }

  keys(): Promise<RecordKey[]> {
    return Promise.resolve(Array.from(this.#records.values(), ({ key }) => key));
  }
}
