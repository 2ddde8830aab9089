/**
 * The right to download or delete a pack, which one tab has at a time: so a pack that several tabs load is downloaded
 * once. A tab that dies gives it back. Where a page may have no Web Locks everybody has the right.
 */
export class PackLock {
  readonly #name: string;
  #taking: Promise<void> | undefined;
  #release: (() => void) | undefined;

  /** @param url of the pack's folder. */
  constructor(url: string) {
    this.#name = `sterna ${url}`;
  }

  isHeld(): boolean {
    return this.#release !== undefined;
  }

  /**
   * Takes the lock unless it is held; several may ask for it at the same time.
   * @param onWait is called where another tab has it.
   * @throws the signal's reason when it is aborted first.
   */
  async take(signal: AbortSignal, onWait?: () => void): Promise<void> {
    this.#taking ??= this.#take(signal, onWait);
    await this.#taking;
  }

  /** Takes the lock where nobody has it. */
  takeIfFree(): Promise<boolean> {
    return this.#request({ ifAvailable: true });
  }

  release(): void {
    // What is still being taken would be asked for a second time, and wait for itself.
    if (this.#release === undefined) return;
    this.#release();
    this.#release = undefined;
    this.#taking = undefined;
  }

  async #take(signal: AbortSignal, onWait?: () => void): Promise<void> {
    if (!(await this.takeIfFree())) {
      onWait?.();
      await this.#request({ signal });
    }
    if (signal.aborted) this.release();
    signal.throwIfAborted();
  }

  /** Whether the lock has been taken. */
  #request(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      const hold = (lock: unknown) => {
        resolve(lock !== null);
        if (lock === null) return undefined;
        return new Promise<void>((release) => {
          this.#release = release;
        });
      };
      const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
      if (locks === undefined) {
        void hold({});
        return;
      }
      locks.request(this.#name, options, hold).catch(() => {
        if (options.signal?.aborted === true) resolve(false);
        // A frame that may have none.
        else void hold({});
      });
    });
  }
}
