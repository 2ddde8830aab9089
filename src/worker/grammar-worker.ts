import type { Remote } from 'comlink';
import { RequestError, SternaError, WorkerError } from '../errors';
import type { AllowedTokens } from '../model/generation-options';
import type { GrammarRole, GrammarSource, Vocabulary } from './grammar-source';
import { RoleWorker, TICK } from './role-worker';
import { startWorker } from './wire/start-worker';

/** For starting the worker, whose file comes from the network the first time. */
const START_TICKS = 600;
/** For a grammar, and for a mask. */
const GRAMMAR_TICKS = 50;

const NEEDS = 'docs/STRUCTURED.md says what it needs';

/**
 * Tells which tokens an answer may go on with, by a grammar engine in a worker of its own: a hostile schema can take it
 * any time and end it. What the engine knows of an answer hangs on nothing but the tokens sampled so far, so another worker
 * goes on where one was ended, and other answers come between.
 */
export class GrammarWorker {
  readonly #worker: RoleWorker<GrammarRole>;
  #grammars = 0;

  constructor(
    url: string,
    private readonly vocabulary: Vocabulary,
    start = () => startWorker(url),
  ) {
    const failure = (said: string) => new WorkerError(`the grammar engine ended: ${said}; ${NEEDS}`);
    this.#worker = new RoleWorker(start, `the grammar engine's worker could not be started; ${NEEDS}`, failure);
  }

  dispose(): void {
    this.#worker.dispose();
  }

  /**
   * Makes a grammar ready. What it gives throws a RequestError where no token may come, a WorkerError, the signal's reason.
   * @throws RequestError naming what is wrong with it or not supported; WorkerError; the signal's reason when aborted.
   */
  async begin(source: GrammarSource, signal: AbortSignal): Promise<AllowedTokens> {
    const id = this.#grammars++;
    const allowed: AllowedTokens = (sampled) =>
      this.#worker.inTurn(signal, async () => {
        await this.#start();
        const ask = () => this.#ask(source, (role) => role.mask(id, sampled));
        const known = await ask();
        if (known !== undefined) return known;
        await this.#ask(source, (role) => role.compile(id, source));
        const mask = await ask();
        if (mask !== undefined) return mask;
        throw new WorkerError('the grammar engine has lost a grammar');
      });
    await allowed([]);
    return allowed;
  }

  async #start(): Promise<void> {
    if (this.#worker.isRunning) return;
    this.#worker.begin();
    try {
      const tooLate = new WorkerError(`the grammar engine took too long to start; ${NEEDS}`);
      await this.#worker.within(START_TICKS, tooLate, (role) => role.read(this.vocabulary));
    } catch (cause) {
      this.#worker.dispose();
      if (cause instanceof SternaError) throw cause;
      throw new WorkerError(`the grammar engine could not be started: ${String(cause)}; ${NEEDS}`, { cause });
    }
  }

  async #ask<Result>(
    { field }: GrammarSource,
    question: (role: Remote<GrammarRole>) => Promise<Result>,
  ): Promise<Result> {
    const reason = `took the grammar engine more than ${(GRAMMAR_TICKS * TICK) / 1000} s and was stopped; make it simpler`;
    try {
      return await this.#worker.within(GRAMMAR_TICKS, new RequestError(reason, { field }), question);
    } catch (cause) {
      if (cause instanceof SternaError) throw cause;
      // After a failure of its own the engine is not to be trusted.
      this.#worker.dispose();
      throw new RequestError(`is too much for the grammar engine: ${String(cause)}`, { field, cause });
    }
  }
}
