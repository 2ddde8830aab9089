import { WorkerError } from '../errors';
import { workerUrl } from './worker-url';

/** Starts the runtime's worker, a file beside the library. @throws WorkerError where the browser starts none. */
export function spawnWorker(): Worker {
  try {
    const url = workerUrl();
    return new Worker(url.origin === self.origin ? url : importing(url), { type: 'module' });
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
