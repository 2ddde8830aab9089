import { PackLock } from './pack-lock';
import { deletePack, listPacks, WHOLE, type StoredModel } from './pack-records';
import type { ChunkStore } from './store';

/** What a page asks of the packs in the store, whichever of them is loaded. Every verb throws a StoreError. */
export class StoredModels {
  constructor(private readonly store: ChunkStore) {}

  /** The least recently used one first. */
  list(): Promise<StoredModel[]> {
    return listPacks(this.store);
  }

  /** Whether the pack of this folder could be loaded without a network. */
  async has(url: string): Promise<boolean> {
    return (await this.store.get([url, WHOLE])) !== undefined;
  }

  /** Waits where a tab is downloading the pack. @throws the signal's reason when aborted */
  async delete(url: string, signal: AbortSignal): Promise<void> {
    const lock = new PackLock(url);
    await lock.take(signal);
    try {
      await deletePack(this.store, url);
    } finally {
      lock.release();
    }
  }
}
