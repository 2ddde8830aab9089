import type { ChatMessage } from '../../src/model/text/chat-message';
import type { PromptEncoder } from '../../src/worker/prompt-encoder';
import { PromptRole } from '../../src/worker/prompt-role';
import type { TextSource } from '../../src/worker/text-model';

/** Encodes prompts in the thread that asks, where there are no workers or none is to be waited for. */
export class InThreadPrompts implements PromptEncoder {
  readonly #role = new PromptRole();

  read(source: TextSource, signal: AbortSignal): Promise<boolean> {
    return settled(signal, () => this.#role.read(source));
  }

  encode(messages: readonly ChatMessage[], signal: AbortSignal, opensAnswer?: boolean): Promise<number[]> {
    return settled(signal, () => this.#role.encode(messages, opensAnswer));
  }

  encodeTexts(texts: readonly string[], signal: AbortSignal): Promise<number[][]> {
    return settled(signal, () => this.#role.encodeTexts(texts));
  }
}

async function settled<Result>(signal: AbortSignal, work: () => Result): Promise<Result> {
  await Promise.resolve();
  signal.throwIfAborted();
  return work();
}
