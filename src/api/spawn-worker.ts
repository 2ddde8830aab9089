import { WorkerError } from '../errors';
import { startWorker } from '../worker/wire/start-worker';
import { workerUrl } from './worker-url';

/** Starts a worker of ours: the runtime's, a file beside the library, or the one at `file`. @throws WorkerError where the browser starts none. */
export function spawnWorker(file?: URL): Worker {
  try {
    const url = file ?? workerUrl();
    return startWorker(url.origin === self.origin ? url.href : importing(url));
  } catch (cause) {
    throw new WorkerError('the worker could not be started; docs/BUNDLERS.md says what it needs', { cause });
  }
}

/**
 * A script of the page's own origin that is the one at `url`: browsers start no worker from another origin (a CDN's), and
 * one from a `data:` URL has no storage. The URL is never revoked, as a worker may start its own file again.
 */
function importing(url: URL): string {
  return URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
}
