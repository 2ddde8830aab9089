import { releaseProxy, wrap, type Remote } from 'comlink';
import { WorkerError } from '../errors';
import type { Runtime } from '../worker/runtime';
import { installWire } from '../worker/wire/install';
import type { Await } from '../worker/wire/stream';
import { unlessAborted } from '../worker/wire/unless-aborted';

/** The page's end of the border. Calls that wait for an answer are told when none can come any more. */
export class WorkerLink {
  readonly runtime: Remote<Runtime>;
  readonly #worker: Worker;
  readonly #end = new AbortController();
  #isTerminated = false;

  constructor(worker: Worker) {
    installWire();
    this.#worker = worker;
    worker.addEventListener('error', (event) => {
      // A script that cannot be loaded gives an event without a message.
      const said =
        event instanceof ErrorEvent && event.message !== ''
          ? event.message
          : 'its file could not be loaded or run; docs/BUNDLERS.md says what it needs';
      this.cut(new WorkerError(`the worker ended: ${said}`));
      this.terminate();
    });
    worker.addEventListener('messageerror', () => {
      this.cut(new WorkerError('the worker sent what this page cannot read'));
      this.terminate();
    });
    this.runtime = wrap<Runtime>(worker);
  }

  /** Waits for an answer of the worker. Rejects at once when the link is cut, with the reason of that. */
  readonly answer: Await = (answer, ...signals) => unlessAborted(answer, this.#end.signal, ...signals);

  /** @throws the reason why the link was cut, if it was. */
  check(): void {
    this.#end.signal.throwIfAborted();
  }

  /** Ends all waiting and forbids all further calls. False if that was done before: the first reason stays. */
  cut(reason: unknown): boolean {
    if (this.#end.signal.aborted) return false;
    this.#end.abort(reason);
    return true;
  }

  /** Ends the worker; nothing may be asked of it any more. */
  terminate(): void {
    if (this.#isTerminated) return;
    this.#isTerminated = true;
    // Else comlink keeps something of each worker.
    this.runtime[releaseProxy]();
    this.#worker.terminate();
  }
}
