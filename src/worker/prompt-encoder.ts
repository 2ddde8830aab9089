import type { ChatMessage } from '../model/text/chat-message';
import type { TextSource } from './text-model';

/** Turns conversations and texts into token ids, with the tokenizer and the chat template of one pack. */
export interface PromptEncoder {
  /**
   * Reads a pack's tokenizer and chat template; to be called before all else, again where the pack is loaded again.
   * @returns whether there is a chat template, so that `encode` can be called.
   * @throws PackError, TokenizerError, TemplateError, WorkerError; the signal's reason when aborted.
   */
  read(source: TextSource, signal: AbortSignal): Promise<boolean>;
  /**
   * The ids of a conversation.
   * @param opensAnswer up to where the answer begins, and not only to the end of the last message.
   * @throws TemplateError where the template refuses the messages, fails, or takes too long; the signal's reason when aborted.
   */
  encode(messages: readonly ChatMessage[], signal: AbortSignal, opensAnswer?: boolean): Promise<number[]>;
  /**
   * The ids of each text, with those that the tokenizer puts around one, and without a chat template.
   * @throws TemplateError where the tokenizer takes too long; the signal's reason when aborted.
   */
  encodeTexts(texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
}
