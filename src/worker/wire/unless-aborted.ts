/**
 * What a promise gives, unless a signal is aborted first: nobody waits for what cannot be stopped.
 * @throws what the promise rejects with; at once the reason of a signal that is aborted.
 */
export async function unlessAborted<Result>(promise: Promise<Result>, ...signals: AbortSignal[]): Promise<Result> {
  // Where nobody waits for it any more, its failure is nobody's either.
  promise.catch(() => undefined);
  for (const signal of signals) signal.throwIfAborted();
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    for (const signal of signals) {
      const stop = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { signal: over.signal });
    }
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
  }
}
