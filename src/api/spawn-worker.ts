import { WorkerError } from '../errors';
import { startable } from './startable';
import { workerUrl } from './worker-url';

/** Starts the runtime's worker, a file beside the library. @throws WorkerError where the browser starts none. */
export function spawnWorker(): Worker {
  try {
    return new Worker(startable(workerUrl()), { type: 'module' });
  } catch (cause) {
    throw new WorkerError('the worker could not be started; docs/BUNDLERS.md says what it needs', { cause });
  }
}
