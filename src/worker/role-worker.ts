import { wrap, type Remote } from 'comlink';
import { WorkerError, type SternaError } from '../errors';
import { Turns } from './turns';
import { unlessAborted } from './wire/unless-aborted';

/** Patience is counted in ticks, in milliseconds: while a device sleeps or this thread is busy no time passes. */
export const TICK = 100;

/** A worker that was started, and what tells that it has failed. */
interface Running<Role> {
  worker: Worker;
  role: Remote<Role>;
  failed: Promise<never>;
}

/**
 * A worker for work that may never end by itself, one piece after the other. What takes too long is ended with its worker,
 * and the next piece starts another.
 */
export class RoleWorker<Role> {
  readonly #turns = new Turns();
  #running: Running<Role> | undefined;

  /**
   * @param notStarted says that the worker cannot be started, and what it needs
   * @param failure makes an error of what a worker that failed has said
   */
  constructor(
    private readonly start: () => Worker,
    private readonly notStarted: string,
    private readonly failure: (said: string) => SternaError,
  ) {}

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  dispose(): void {
    this.#running?.worker.terminate();
    this.#running = undefined;
  }

  /** Work goes on when its caller has left: it is done sooner than a new worker would be ready for the next. */
  async inTurn<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const end = await this.#turns.begin(signal);
    return unlessAborted(work().finally(end), signal);
  }

  /** Starts the worker, where there is none. @throws WorkerError */
  begin(): void {
    this.#running ??= this.#started();
  }

  /**
   * Asks the worker that was begun, and ends it where it has no answer in time.
   * @throws what the work throws; `tooLate`; what `failure` makes of it where the worker fails.
   */
  async within<Result>(
    ticks: number,
    tooLate: SternaError,
    ask: (role: Remote<Role>) => Promise<Result>,
  ): Promise<Result> {
    const running = this.#running;
    if (running === undefined) throw new WorkerError(this.notStarted);
    let timer: ReturnType<typeof setInterval> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      let passed = 0;
      timer = setInterval(() => {
        if (++passed < ticks) return;
        this.dispose();
        reject(tooLate);
      }, TICK);
    });
    try {
      return await Promise.race([ask(running.role), running.failed, late]);
    } finally {
      clearInterval(timer);
    }
  }

  #started(): Running<Role> {
    let worker: Worker;
    try {
      worker = this.start();
    } catch (cause) {
      throw new WorkerError(this.notStarted, { cause });
    }
    const failed = new Promise<never>((_resolve, reject) => {
      worker.addEventListener('error', (event) => {
        // Else it would count as an error of this worker.
        event.preventDefault();
        this.dispose();
        const said = event instanceof ErrorEvent ? event.message : '';
        reject(said === '' ? new WorkerError(this.notStarted) : this.failure(said));
      });
    });
    // It matters only to whoever waits for an answer.
    failed.catch(() => undefined);
    return { worker, role: wrap<Role>(worker), failed };
  }
}
