/** A record's address: the pack (the URL of its folder) and the SHA-256 of a chunk, or a name of `pack-records.ts`. */
export type RecordKey = readonly [pack: string, name: string];

/**
 * Where chunks of packs are kept between visits. Every verb throws a StoreError when the storage refuses.
 * A store promises nothing about what it hands back: whoever reads a chunk checks its hash.
 */
export interface ChunkStore {
  /** The record's bytes, in memory of the caller's own; undefined where there is none. */
  get(key: RecordKey): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Writes or replaces a record; resolves when it is kept. The bytes stay the caller's. */
  put(key: RecordKey, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Removes records, all or none; absent ones are no error. */
  delete(keys: readonly RecordKey[]): Promise<void>;
  /** The addresses of all records. */
  keys(): Promise<RecordKey[]>;
}
