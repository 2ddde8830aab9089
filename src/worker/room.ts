import { PackLock } from './pack-lock';
import { deletePack, listPacks, type StoredModel } from './pack-records';
import type { ChunkStore } from './store';

/** What a page is asked when the browser has no room for all of a pack. */
export interface StorageQuestion {
  /** URL of the folder of the pack that is being loaded. */
  model: string;
  /** Bytes of it that are still to be stored. */
  neededBytes: number;
  /** What could make room, the least recently used pack first. */
  candidates: StoredModel[];
}

/** Answers whether packs may be deleted, one after the other, until there is room. */
export type AskForRoom = (question: StorageQuestion) => Promise<boolean>;

/** Makes room for one pack by deleting others, if the page agrees. It is asked once. */
export class Room {
  #candidates: StoredModel[] | undefined;

  constructor(
    private readonly store: ChunkStore,
    private readonly url: string,
    private readonly ask: AskForRoom,
  ) {}

  /** Deletes the least recently used pack that is left; false where there is none or it may not be. @throws StoreError */
  async make(neededBytes: number): Promise<boolean> {
    this.#candidates ??= await this.#agreed(neededBytes);
    for (;;) {
      const next = this.#candidates.shift();
      if (next === undefined) return false;
      // One that another tab is downloading stays.
      const lock = new PackLock(next.model);
      if (!(await lock.takeIfFree())) continue;
      try {
        await deletePack(this.store, next.model);
        return true;
      } finally {
        lock.release();
      }
    }
  }

  async #agreed(neededBytes: number): Promise<StoredModel[]> {
    const candidates = (await listPacks(this.store)).filter(({ model }) => model !== this.url);
    if (candidates.length === 0) return [];
    return (await this.ask({ model: this.url, neededBytes, candidates: [...candidates] })) ? candidates : [];
  }
}
