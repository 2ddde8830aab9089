import { StoreError } from '../../src/errors';
import { MemoryStore } from '../../src/worker/memory-store';
import type { RecordKey } from '../../src/worker/store';

/** A store with room for so many bytes, which a test may also let refuse its verbs. */
export class LimitedStore extends MemoryStore {
  refused = new Set<'get' | 'put' | 'delete' | 'keys'>();

  constructor(public limit = Infinity) {
    super();
  }

  override async get(key: RecordKey): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#check('get');
    return super.get(key);
  }

  override async put(key: RecordKey, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#check('put');
    const before = (await super.get(key))?.byteLength ?? 0;
    if ((await this.bytes()) - before + bytes.byteLength > this.limit) {
      throw new StoreError('no room', { cause: new DOMException('', 'QuotaExceededError') });
    }
    await super.put(key, bytes);
  }

  override async delete(keys: readonly RecordKey[]): Promise<void> {
    this.#check('delete');
    await super.delete(keys);
  }

  override async keys(): Promise<RecordKey[]> {
    this.#check('keys');
    return super.keys();
  }

  /** Bytes of all records. */
  async bytes(): Promise<number> {
    const records = await Promise.all((await super.keys()).map((key) => super.get(key)));
    return records.reduce((sum, record) => sum + (record?.byteLength ?? 0), 0);
  }

  #check(verb: 'get' | 'put' | 'delete' | 'keys'): void {
    if (this.refused.has(verb)) throw new StoreError(`refused to ${verb}`);
  }
}
