import { WorkerError } from '../errors';

/** Starts the runtime's worker, a file beside the library. @throws WorkerError where the browser starts none. */
export function spawnWorker(): Worker {
  try {
    // Written out in this form so that bundlers find the worker.
    return new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
  } catch (cause) {
    const reason = 'the worker could not be started; its file has to lie on the page’s own origin';
    throw new WorkerError(reason, { cause });
  }
}
