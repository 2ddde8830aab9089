import { StoreError } from '../errors';
import type { Manifest, PackFile } from '../model/manifest';
import { chunkSizes, deletePack, LAST_USE, recordsOf, UNDER_WAY, WHOLE } from './pack-records';
import type { Room } from './room';
import { sha256 } from './sha256';
import type { ChunkStore } from './store';
import { Turns } from './turns';

/** How long after a deletion room may show, in milliseconds: browsers count late. */
const ROOM_SHOWS_AFTER = [0, 50, 200, 800];

/**
 * One pack's records in the store. Nothing here ever fails a load: what cannot be read is absent, and where the
 * browser keeps nothing more, `refusal` says why.
 */
export class StoredPack {
  readonly #url: string;
  readonly #manifest: Manifest;
  readonly #manifestBytes: Uint8Array<ArrayBuffer>;
  readonly #store: ChunkStore;
  readonly #room: Room;
  readonly #roomMakers = new Turns();
  #beginning: Promise<void> | undefined;
  #refusal: string | undefined;
  #isDropped = false;

  constructor(url: string, manifest: Manifest, manifestBytes: Uint8Array<ArrayBuffer>, store: ChunkStore, room: Room) {
    this.#url = url;
    this.#manifest = manifest;
    this.#manifestBytes = manifestBytes;
    this.#store = store;
    this.#room = room;
  }

  /** Why the pack is not kept; undefined while all is well. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** The chunk with this hash, where the store has it whole. */
  async chunk(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      bytes = await this.#store.get([this.#url, hash]);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    return bytes !== undefined && (await sha256(bytes)) === hash ? bytes : undefined;
  }

  /** Keeps a chunk of this hash, if the browser can. */
  async keep(hash: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    await this.#attempt(async () => {
      this.#beginning ??= this.#put(UNDER_WAY, this.#manifestBytes, signal);
      await this.#beginning;
      await this.#put(hash, bytes, signal);
    });
  }

  /** Whether this very version of the pack was whole in the store at an earlier time. */
  async wasWhole(): Promise<boolean> {
    try {
      const known = await this.#store.get([this.#url, WHOLE]);
      return known !== undefined && new TextDecoder().decode(known) === new TextDecoder().decode(this.#manifestBytes);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return false;
    }
  }

  /**
   * Notes that all chunks of `files` are there, if they are, and drops what an earlier version of the pack left.
   * From then on the pack can be loaded without a network.
   */
  async markWhole(files: readonly PackFile[], wasWhole: boolean, signal: AbortSignal): Promise<void> {
    await this.#attempt(async () => {
      const present = await recordsOf(this.#store, this.#url);
      const names = new Set(present.map(([, name]) => name));
      const chunks = files.flatMap((file) => file.chunks);
      if (!chunks.every((hash) => names.has(hash))) {
        this.#refusal = 'some of it was deleted, by another tab or the browser, while it was loaded';
        return;
      }
      const needed = new Set([...chunks, LAST_USE, ...(wasWhole ? [WHOLE] : [])]);
      const stale = present.filter(([, name]) => !needed.has(name));
      // Before anything is written: in a full store there would be no room for a second manifest.
      if (stale.length > 0) await this.#store.delete(stale);
      if (!wasWhole) await this.#put(WHOLE, this.#manifestBytes, signal);
      await this.#noteUse();
    });
  }

  /** A pack whose use could not be noted is whole for all that. */
  async #noteUse(): Promise<void> {
    try {
      await this.#store.put([this.#url, LAST_USE], new TextEncoder().encode(String(Date.now())));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Does what it can, until the browser has refused once: then nothing more is written. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#refusal !== undefined) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#refusal ??= error.reason;
    }
  }

  async #put(name: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    const key = [this.#url, name] as const;
    try {
      await this.#store.put(key, bytes);
      if (this.#isDropped) await this.#store.delete([key]);
    } catch (error) {
      if (!(error instanceof StoreError) || !isFull(error)) throw error;
      const end = await this.#roomMakers.begin(signal);
      try {
        await this.#makeRoomAndPut(name, bytes, error);
      } finally {
        end();
      }
    }
  }

  /** A part that cannot become whole is not left to take up room. */
  async #makeRoomAndPut(name: string, bytes: Uint8Array<ArrayBuffer>, full: StoreError): Promise<void> {
    if (this.#isDropped) return;
    await this.#dropOtherVersions();
    do {
      for (const wait of ROOM_SHOWS_AFTER) {
        await new Promise((resolve) => setTimeout(resolve, wait));
        try {
          await this.#store.put([this.#url, name], bytes);
          return;
        } catch (error) {
          if (!(error instanceof StoreError) || !isFull(error)) throw error;
        }
      }
    } while (await this.#room.make(await this.#neededBytes()));
    this.#isDropped = true;
    this.#refusal = full.reason;
    await deletePack(this.#store, this.#url);
  }

  async #dropOtherVersions(): Promise<void> {
    const ours = new Set([UNDER_WAY, ...chunkSizes(this.#manifest).map(([hash]) => hash)]);
    await this.#store.delete((await recordsOf(this.#store, this.#url)).filter(([, name]) => !ours.has(name)));
  }

  async #neededBytes(): Promise<number> {
    const present = new Set((await recordsOf(this.#store, this.#url)).map(([, name]) => name));
    const missing = chunkSizes(this.#manifest).filter(([hash]) => !present.has(hash));
    return missing.reduce((sum, [, bytes]) => sum + bytes, 0);
  }
}

/** Whether the browser had no room: nothing but this error tells, whatever `estimate()` says. */
function isFull({ cause }: StoreError): boolean {
  return cause instanceof Error && cause.name === 'QuotaExceededError';
}
