import { wrap, type Remote } from 'comlink';
import { WorkerError } from '../errors';
import type { Runtime } from '../worker/runtime';
import { installWire } from '../worker/wire/install';

/** The page's end of the border. Calls that wait for an answer are told when none can come any more. */
export class WorkerLink {
  readonly runtime: Remote<Runtime>;
  readonly #worker: Worker;
  readonly #waiting = new Set<(reason: unknown) => void>();
  #end: { reason: unknown } | undefined;

  constructor(worker: Worker) {
    installWire();
    this.#worker = worker;
    worker.addEventListener('error', (event) => {
      // A script that cannot be loaded gives an event without a message.
      const said =
        event instanceof ErrorEvent && event.message !== '' ? event.message : 'its file could not be loaded or run';
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
  readonly answer = <Result>(answer: Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      this.check();
      this.#waiting.add(reject);
      answer.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });

  /** @throws the reason why the link was cut, if it was. */
  check(): void {
    if (this.#end !== undefined) throw this.#end.reason;
  }

  /** Ends all waiting and forbids all further calls. False if that was done before: the first reason stays. */
  cut(reason: unknown): boolean {
    if (this.#end !== undefined) return false;
    this.#end = { reason };
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
    return true;
  }

  /** Ends the worker. */
  terminate(): void {
    this.#worker.terminate();
  }
}
