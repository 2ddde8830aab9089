import { GpuError, SternaError } from '../errors';

/** How long the news of a lost device may take after the first failure that it caused, in milliseconds. */
const NEWS_OF_LOSS = 100;

/**
 * What to throw for what failed on a device: the signal's reason where it was aborted, by the caller or because the
 * device was lost, else the failure itself. A lost device first shows in whatever was waiting for it, as an AbortError.
 */
export async function reasonOf(failure: unknown, lost: Promise<never>, signal: AbortSignal): Promise<unknown> {
  const isClear = failure instanceof SternaError && !(failure instanceof GpuError);
  if (!signal.aborted && !isClear) {
    const patience = new Promise((resolve) => setTimeout(resolve, NEWS_OF_LOSS));
    await Promise.race([lost.catch(() => undefined), patience]);
  }
  return signal.aborted ? signal.reason : failure;
}
