import type { TuningName } from '../model/plan/candidates';
import type { Model } from './model';
import type { Turns } from './turns';

/** How long nobody must have asked for anything, in milliseconds: whoever reads a short answer may go on at once. */
const IDLE_MILLISECONDS = 250;

/**
 * Lets the model find its fastest tuning after the first answer, while nobody asks for anything. A request breaks it
 * off, and it is tried again later.
 */
export class IdleCalibration {
  #isWanted = false;
  #hasFailed = false;
  #requests = 0;
  #attempt = Promise.resolve();
  #breakOff = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param present the model; undefined while there is none
   * @param remember is given what was chosen
   * @param ended aborted when no work is possible any more
   */
  constructor(
    private readonly present: () => Model | undefined,
    private readonly turns: Turns,
    private readonly remember: (name: TuningName) => Promise<void>,
    private readonly ended: AbortSignal,
  ) {}

  /** To be called after an answer: the first one never waits. */
  want(): void {
    this.#isWanted = true;
  }

  /** Makes way for a request, at once but for a round of the measurement. The result is to be called when it is over. */
  makeWay(): () => void {
    this.#requests++;
    clearTimeout(this.#timer);
    this.#breakOff.abort();
    return () => {
      this.#requests--;
      if (this.#requests > 0 || !this.#isWanted || this.#hasFailed || !this.present()?.canCalibrate) return;
      this.#timer = setTimeout(() => {
        this.#begin();
      }, IDLE_MILLISECONDS);
    };
  }

  #begin(): void {
    this.#breakOff = new AbortController();
    const signal = AbortSignal.any([this.#breakOff.signal, this.ended]);
    // One that was broken off may still wait for a compiler.
    this.#attempt = this.#attempt.then(() => this.#try(signal));
  }

  /** Never rejects: nobody waits for it, and whatever is wrong with the device the next request tells. */
  async #try(signal: AbortSignal): Promise<void> {
    const model = this.present();
    if (signal.aborted || !model?.canCalibrate) return;
    try {
      await model.compileCandidates(signal);
      await this.remember(await this.#measure(model, signal));
    } catch {
      this.#hasFailed ||= !signal.aborted;
    }
  }

  async #measure(model: Model, signal: AbortSignal): Promise<TuningName> {
    const end = await this.turns.begin(signal);
    try {
      return (await model.calibrate(signal)).chosen;
    } finally {
      end();
    }
  }
}
