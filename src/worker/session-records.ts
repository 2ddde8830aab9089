import { StoreError } from '../errors';
import { savedAt } from './saved-session';
import type { ChunkStore, RecordKey } from './store';

/** A session in the browser's storage. */
export interface StoredSession {
  /** What it was given as `persist`. */
  id: string;
  /** What it takes in storage. */
  bytes: number;
  /** When something was last said in it, in milliseconds since 1970; 0 where that cannot be read. */
  lastUse: number;
}

/** Before an id, which else could be taken for the hash of a chunk. */
const NAME = 'id:';

/** The sessions of one pack in the store, under an address that no pack has. */
export class SessionRecords {
  readonly #place: string;

  /** @param url of the pack's folder */
  constructor(
    private readonly store: ChunkStore,
    url: string,
  ) {
    this.#place = `session:${url}`;
  }

  /** Undefined too where the storage refuses: a session then begins anew. */
  async get(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await this.store.get(this.#key(id));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return undefined;
    }
  }

  /** Answers why the session is not kept; undefined where it is. */
  async put(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
    try {
      await this.store.put(this.#key(id), bytes);
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return error.reason;
    }
  }

  /** The least recently used one first. @throws StoreError */
  async list(): Promise<StoredSession[]> {
    const keys = (await this.store.keys()).filter(([place]) => place === this.#place);
    const sessions: StoredSession[] = [];
    for (const key of keys) {
      const bytes = await this.store.get(key);
      if (bytes) sessions.push({ id: key[1].slice(NAME.length), bytes: bytes.byteLength, lastUse: savedAt(bytes) });
    }
    return sessions.toSorted((one, other) => one.lastUse - other.lastUse);
  }

  /** @throws StoreError */
  async has(id: string): Promise<boolean> {
    return (await this.store.get(this.#key(id))) !== undefined;
  }

  /** @throws StoreError */
  delete(id: string): Promise<void> {
    return this.store.delete([this.#key(id)]);
  }

  #key(id: string): RecordKey {
    return [this.#place, NAME + id];
  }
}
