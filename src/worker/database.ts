import { createStore, type UseStore } from 'idb-keyval';

/** How long a database may take to open, in milliseconds: one that another tab is deleting never would. */
const OPENING_LIMIT = 5000;

/** An IndexedDB database with one object store, which opens soon or not at all. */
export class Database {
  readonly #records: UseStore;
  #opening: Promise<unknown> | undefined;

  constructor(name: string, objectStore: string) {
    this.#records = createStore(name, objectStore);
  }

  /** The records, to be read or written by idb-keyval. @throws an Error or a DOMException where there are none to be had */
  async open(): Promise<UseStore> {
    this.#opening ??= this.#openInTime();
    await this.#opening;
    return this.#records;
  }

  async #openInTime(): Promise<void> {
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
}
