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
      await orAborted(before, signal);
    } catch (error) {
      // The next in line still waits for the one before.
      void before.then(end);
      throw error;
    }
    return end;
  }
}

/** What the promise gives, or the signal's reason as soon as it is aborted. */
export async function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  // A failure that comes after the abort is nobody's any more.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let give: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    give = () => {
      reject(signal.reason as Error);
    };
  });
  signal.addEventListener('abort', give);
  try {
    const result = await Promise.race([promise, aborted]);
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', give);
  }
}
