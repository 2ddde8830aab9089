import pRetry from 'p-retry';
import { BusyError, type Network } from './request';
import { unlessAborted } from './wire/unless-aborted';

/**
 * Tries again what broke, after pauses that grow.
 * @param isGain whether a try that failed brought so much that it does not count as one.
 * @throws what the last try threw; the signal's reason when aborted.
 */
export async function retrying<Result>(
  attempt: () => Promise<Result>,
  { signal, patience }: Network,
  isGain: () => boolean = () => false,
): Promise<Result> {
  try {
    return await pRetry(attempt, {
      retries: patience.tries - 1,
      minTimeout: patience.delay,
      randomize: true,
      signal,
      shouldConsumeRetry: () => !isGain(),
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (error instanceof BusyError && retriesLeft > 0) await unlessAborted(sleep(error.wait), signal);
      },
    });
  } catch (error) {
    // A reason that is no Error does not come out as it went in.
    signal.throwIfAborted();
    throw error;
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
