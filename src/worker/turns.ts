import { unlessAborted } from './wire/unless-aborted';

/** Lets its callers in one at a time, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for one's turn. Resolves with the function that ends it, to be called in all cases.
   * @throws the signal's reason when it is aborted before the turn comes.
   */
  async begin(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    let end: () => void = () => undefined;
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      // The next in line still waits for the one before.
      void before.then(end);
      throw error;
    }
    return end;
  }
}
