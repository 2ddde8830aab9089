import { TokenizerError } from '../errors';
import type { ChatMessage } from '../model/text/chat-message';
import type { ChatTemplate } from '../model/text/chat-template';
import { readChatTemplate } from './text-files';
import type { TextSource } from './text-model';

/** What the worker for prompts does: the work that a pack's template and patterns could draw out for ever. */
export class PromptRole {
  #template: ChatTemplate | undefined;

  /** Answers whether there is a chat template. @throws PackError, TokenizerError, TemplateError */
  read(source: TextSource): boolean {
    this.#template = readChatTemplate(source);
    return this.#template !== undefined;
  }

  /** @throws TemplateError */
  encode(messages: readonly ChatMessage[], opensAnswer?: boolean): number[] {
    if (this.#template === undefined) throw new TokenizerError('no chat template has been read');
    return this.#template.encode(messages, opensAnswer);
  }
}
