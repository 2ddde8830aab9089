import { wrap, type Remote } from 'comlink';
import { TemplateError, WorkerError, type SternaError } from '../errors';
import type { ChatMessage } from '../model/text/chat-message';
import type { PromptEncoder } from './prompt-encoder';
import type { PromptRole } from './prompt-role';
import type { TextSource } from './text-model';
import { Turns } from './turns';
import { startWorker } from './wire/start-worker';
import { unlessAborted } from './wire/unless-aborted';

/** The name by which the runtime's file knows that it was started for prompts. */
export const PROMPT_ROLE = 'sterna-prompts';

/** Patience is counted in ticks, in milliseconds: while a device sleeps or this thread is busy no time passes. */
const TICK = 100;
/** For starting the worker and reading a pack's text files. */
const READ_TICKS = 100;
/** For a prompt: a second, and one more for so many characters, of which a slow phone encodes as many in that time. */
const ENCODE_TICKS = 10;
const CHARACTERS_PER_TICK = 2 ** 16 / 10;

/** A worker that was started, and what tells that it has failed. */
interface Running {
  worker: Worker;
  role: Remote<PromptRole>;
  failed: Promise<never>;
}

/**
 * Encodes prompts in a worker of its own: a chat template is a program, and a pattern may backtrack for ever, so whoever
 * runs them must be able to end them. The worker runs the runtime's own file once more, which is there wherever the
 * runtime is, whatever bundler, host or policy brought it. One that took too long or failed is ended, and the next
 * prompt starts another.
 */
export class PromptWorker implements PromptEncoder {
  readonly #turns = new Turns();
  #source: TextSource | undefined;
  #running: Running | undefined;

  constructor(private readonly start = startOwnFile) {}

  read(source: TextSource, signal: AbortSignal): Promise<boolean> {
    this.#source = source;
    return this.#inTurn(signal, () => this.#begin(source));
  }

  encode(messages: readonly ChatMessage[], signal: AbortSignal, opensAnswer?: boolean): Promise<number[]> {
    const contents = messages.map(({ content }) => content);
    return this.#encode(contents, 'messages', signal, (role) => role.encode(messages, opensAnswer));
  }

  encodeTexts(texts: readonly string[], signal: AbortSignal): Promise<number[][]> {
    return this.#encode(texts, 'texts', signal, (role) => role.encodeTexts(texts));
  }

  dispose(): void {
    this.#running?.worker.terminate();
    this.#running = undefined;
  }

  #encode<Ids>(
    texts: readonly string[],
    what: string,
    signal: AbortSignal,
    ask: (role: Remote<PromptRole>) => Promise<Ids>,
  ): Promise<Ids> {
    return this.#inTurn(signal, async () => {
      const source = this.#source;
      if (source === undefined) throw new WorkerError('no text model has been read');
      if (this.#running === undefined) await this.#begin(source);
      const characters = texts.reduce((sum, { length }) => sum + length, 0);
      const ticks = ENCODE_TICKS + Math.floor(characters / CHARACTERS_PER_TICK);
      const reason = `its chat template or tokenizer took more than ${(ticks * TICK) / 1000} s over these ${what} and was stopped`;
      return this.#within(ticks, new TemplateError(reason, { file: source.url }), ({ role }) => ask(role));
    });
  }

  /** Work goes on when its caller has left: a prompt is done sooner than a new worker would be ready for the next. */
  async #inTurn<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const end = await this.#turns.begin(signal);
    return unlessAborted(work().finally(end), signal);
  }

  #begin(source: TextSource): Promise<boolean> {
    this.#running ??= this.#started();
    const reason = 'its tokenizer and chat template took too long to read';
    return this.#within(READ_TICKS, new TemplateError(reason, { file: source.url }), ({ role }) => role.read(source));
  }

  #started(): Running {
    let worker: Worker;
    try {
      worker = this.start();
    } catch (cause) {
      throw new WorkerError(NOT_STARTED, { cause });
    }
    const failed = new Promise<never>((_resolve, reject) => {
      worker.addEventListener('error', (event) => {
        // Else it would count as an error of this worker.
        event.preventDefault();
        this.dispose();
        const said = event instanceof ErrorEvent ? event.message : '';
        reject(said === '' ? new WorkerError(NOT_STARTED) : new TemplateError(`encoding a prompt failed: ${said}`));
      });
    });
    // It matters only to whoever waits for an answer.
    failed.catch(() => undefined);
    return { worker, role: wrap<PromptRole>(worker), failed };
  }

  /** Ends the worker where it has no answer in time. */
  async #within<Result>(
    ticks: number,
    tooLate: SternaError,
    ask: (running: Running) => Promise<Result>,
  ): Promise<Result> {
    const running = this.#running;
    if (running === undefined) throw new WorkerError('the worker for prompts has ended');
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
      return await Promise.race([ask(running), running.failed, late]);
    } finally {
      clearInterval(timer);
    }
  }
}

const NOT_STARTED =
  'the worker for prompts could not be started: a worker must be allowed to start its own file again, and where that is a blob its URL must not be revoked';

function startOwnFile(): Worker {
  return startWorker(self.location.href, PROMPT_ROLE);
}
