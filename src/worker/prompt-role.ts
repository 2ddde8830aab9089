import { TokenizerError } from '../errors';
import type { ChatMessage } from '../model/text/chat-message';
import type { ChatTemplate } from '../model/text/chat-template';
import type { Tokenizer } from '../model/text/tokenizer';
import { readChatTemplate, readTokenizer } from './text-files';
import type { TextSource } from './text-model';

/** What the worker for prompts does: the work that a pack's template and patterns could draw out for ever. */
export class PromptRole {
  #tokenizer: Tokenizer | undefined;
  #template: ChatTemplate | undefined;

  /** Answers whether there is a chat template. @throws PackError, TokenizerError, TemplateError */
  read(source: TextSource): boolean {
    this.#tokenizer = readTokenizer(source);
    this.#template = readChatTemplate(source, this.#tokenizer);
    return this.#template !== undefined;
  }

  /** @throws TemplateError */
  encode(messages: readonly ChatMessage[], opensAnswer?: boolean): number[] {
    if (this.#template === undefined) throw new TokenizerError('no chat template has been read');
    return this.#template.encode(messages, opensAnswer);
  }

  encodeTexts(texts: readonly string[]): number[][] {
    const tokenizer = this.#tokenizer;
    if (tokenizer === undefined) throw new TokenizerError('no tokenizer has been read');
    return texts.map((text) => tokenizer.encodeWhole(text));
  }
}
