import { WorkerError } from '../errors';
import { startWorker } from '../worker/wire/start-worker';
import { startable } from './startable';
import { workerUrl } from './worker-url';

/** Starts a worker of ours: the runtime's, a file beside the library, or the one at `file`. @throws WorkerError where the browser starts none. */
export function spawnWorker(file?: URL): Worker {
  try {
    return startWorker(startable(file ?? workerUrl()));
  } catch (cause) {
    throw new WorkerError('the worker could not be started; docs/BUNDLERS.md says what it needs', { cause });
  }
}
