import type { PrefillPacer } from './prefill-pace';
import type { StateCache } from './state-cache';
import { FIRST_SLOT, type StepReport, type StepRunner } from './step-runner';

/** A prompt to be fed. */
export interface Prompt {
  ids: readonly number[];
  /** How many of them the state knows already. */
  cached: number;
  /** Tokens that the generation may sample. */
  limit: number;
  /** Whether the state before the last token is kept. */
  isShared: boolean;
}

/** A slice that is in flight. */
interface Flight {
  tokens: number;
  landed: Promise<unknown>;
}

/**
 * Feeds a prompt in slices, some of them in flight, and samples the first token. What is in flight when it is stopped
 * comes to its end before what is submitted later begins, so it leaves nothing half done.
 * @param onPrefill called with the prompt tokens fed so far and all of them
 * @throws the signal's reason when aborted.
 */
export async function feedPrompt(
  runner: StepRunner,
  cache: StateCache,
  pacer: PrefillPacer,
  { ids, cached, limit, isShared }: Prompt,
  signal?: AbortSignal,
  onPrefill?: (done: number, total: number) => void,
): Promise<StepReport> {
  const inFlight: Flight[] = [];
  const start = performance.now();
  let submitted = cached;
  let fed = cached;
  const land = async ({ tokens, landed }: Flight) => {
    await landed;
    fed += tokens;
    pacer.measured(fed - cached, performance.now() - start);
    onPrefill?.(fed, ids.length);
  };
  onPrefill?.(fed, ids.length);
  for (;;) {
    signal?.throwIfAborted();
    const oldest = inFlight.length < pacer.pace.slicesInFlight ? undefined : inFlight.shift();
    if (oldest) {
      await land(oldest);
      continue;
    }
    const left = ids.length - submitted;
    if (isShared && left === 1 && submitted > cached) runner.keepState(ids.slice(0, -1), FIRST_SLOT, cache);
    const tokens = Math.min(pacer.next(left), isShared ? Math.max(left - 1, 1) : left);
    const slice = { ids: ids.slice(submitted, submitted + tokens), position: submitted, limit };
    submitted += tokens;
    if (submitted < ids.length) {
      inFlight.push({ tokens, landed: quiet(runner.feed(slice)) });
      continue;
    }
    // From here on nothing is left to stop: the report is read in any case, as its buffer is one of few.
    const report = quiet(runner.feedLast(slice, ids, cache));
    for (const flight of inFlight) await land(flight);
    const first = await report;
    await land({ tokens, landed: report });
    signal?.throwIfAborted();
    return first;
  }
}

/** Awaited in order later; a lost device rejects all that is in flight, and the first rejection is the one that is thrown. */
function quiet<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}
