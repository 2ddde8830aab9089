import type { Remote } from 'comlink';
import { TemplateError, WorkerError } from '../errors';
import type { ChatMessage } from '../model/text/chat-message';
import type { PromptEncoder } from './prompt-encoder';
import type { PromptRole } from './prompt-role';
import { RoleWorker, TICK } from './role-worker';
import type { TextSource } from './text-model';
import { startWorker } from './wire/start-worker';

/** The name by which the runtime's file knows that it was started for prompts. */
export const PROMPT_ROLE = 'sterna-prompts';

/** For starting the worker and reading a pack's text files. */
const READ_TICKS = 100;
/** For a prompt: a second, and one more for so many characters, of which a slow phone encodes as many in that time. */
const ENCODE_TICKS = 10;
const CHARACTERS_PER_TICK = 2 ** 16 / 10;

/**
 * Encodes prompts in a worker of its own: a chat template is a program, and a pattern may backtrack for ever, so whoever
 * runs them must be able to end them. The worker runs the runtime's own file once more, which is there wherever the
 * runtime is, whatever bundler, host or policy brought it. One that took too long or failed is ended, and the next
 * prompt starts another.
 */
export class PromptWorker implements PromptEncoder {
  readonly #worker: RoleWorker<PromptRole>;
  #source: TextSource | undefined;

  constructor(start = startOwnFile) {
    const failure = (said: string) => new TemplateError(`encoding a prompt failed: ${said}`);
    this.#worker = new RoleWorker(start, NOT_STARTED, failure);
  }

  read(source: TextSource, signal: AbortSignal): Promise<boolean> {
    this.#source = source;
    return this.#worker.inTurn(signal, () => this.#begin(source));
  }

  encode(messages: readonly ChatMessage[], signal: AbortSignal, opensAnswer?: boolean): Promise<number[]> {
    const contents = messages.map(({ content }) => content);
    return this.#encode(contents, 'messages', signal, (role) => role.encode(messages, opensAnswer));
  }

  encodeTexts(texts: readonly string[], signal: AbortSignal): Promise<number[][]> {
    return this.#encode(texts, 'texts', signal, (role) => role.encodeTexts(texts));
  }

  dispose(): void {
    this.#worker.dispose();
  }

  #encode<Ids>(
    texts: readonly string[],
    what: string,
    signal: AbortSignal,
    ask: (role: Remote<PromptRole>) => Promise<Ids>,
  ): Promise<Ids> {
    return this.#worker.inTurn(signal, async () => {
      const source = this.#source;
      if (source === undefined) throw new WorkerError('no text model has been read');
      if (!this.#worker.isRunning) await this.#begin(source);
      const characters = texts.reduce((sum, { length }) => sum + length, 0);
      const ticks = ENCODE_TICKS + Math.floor(characters / CHARACTERS_PER_TICK);
      const reason = `its chat template or tokenizer took more than ${(ticks * TICK) / 1000} s over these ${what} and was stopped`;
      return this.#worker.within(ticks, new TemplateError(reason, { file: source.url }), ask);
    });
  }

  #begin(source: TextSource): Promise<boolean> {
    this.#worker.begin();
    const tooLate = new TemplateError('its tokenizer and chat template took too long to read', { file: source.url });
    return this.#worker.within(READ_TICKS, tooLate, (role) => role.read(source));
  }
}

const NOT_STARTED =
  'the worker for prompts could not be started: a worker must be allowed to start its own file again, and where that is a blob its URL must not be revoked';

function startOwnFile(): Worker {
  return startWorker(self.location.href, PROMPT_ROLE);
}
