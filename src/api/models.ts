import type { StoredModel } from '../worker/pack-records';
import { folderUrl } from './engine-options';
import type { WorkerLink } from './worker-link';

/** `engine.models`: the packs in the browser's storage, whichever of them the engine has loaded. */
export class Models {
  readonly #link: WorkerLink;

  /** @internal */
  constructor(link: WorkerLink) {
    this.#link = link;
  }

  /** The least recently used one first. @throws StoreError where the storage refuses */
  async list(): Promise<StoredModel[]> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.listModels());
  }

  /** Whether the pack of this folder is whole in storage. @throws StoreError, RequestError for what is no URL */
  async has(model: string | URL): Promise<boolean> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.hasModel(folderUrl(model)));
  }

  /**
   * Deletes a pack from storage, when no tab is downloading it any more. Engines that have loaded it work on.
   * @throws StoreError, RequestError for what is no URL
   */
  async delete(model: string | URL): Promise<void> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.deleteModel(folderUrl(model)));
  }

  /** Asks the browser never to clear this site's storage by itself; false where it will not promise that. */
  persist(): Promise<boolean> {
    return persist();
  }
}

/** As `Models.persist`; workers cannot ask. */
export async function persist(): Promise<boolean> {
  const storage = (navigator as Partial<Navigator>).storage as Partial<StorageManager> | undefined;
  try {
    return (await storage?.persist?.()) ?? false;
  } catch {
    // A frame that may store nothing.
    return false;
  }
}
