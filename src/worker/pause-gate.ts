import { unlessAborted } from './wire/unless-aborted';

/** Thrown inside the worker by what a pause has ended; it is begun anew when the pause is over. */
export class Paused extends Error {}

/** Whether a download may go on. */
export class PauseGate {
  #pausing = new AbortController();
  #resumed = Promise.resolve();
  #resume: (() => void) | undefined;

  get isPaused(): boolean {
    return this.#resume !== undefined;
  }

  /** Aborted when the next pause begins, or in one. */
  get signal(): AbortSignal {
    return this.#pausing.signal;
  }

  pause(): void {
    if (this.isPaused) return;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.#pausing.abort(new Paused());
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#pausing = new AbortController();
    this.#resume?.();
    this.#resume = undefined;
  }

  /** Does some work while there is no pause: what throws Paused is begun anew. @throws the signal's reason when aborted. */
  async through<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    for (;;) {
      while (this.isPaused) await unlessAborted(this.#resumed, signal);
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Paused)) throw error;
      }
    }
  }
}
