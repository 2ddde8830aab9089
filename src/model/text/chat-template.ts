import { Template } from '@huggingface/jinja';
import { SternaError, TemplateError, type ErrorDetails } from '../../errors';
import type { ChatMessage } from './chat-message';
import { Disguise } from './disguise';
import { harmlessLiterals } from './template-literals';
import { parseTemplateTree, TEMPLATE_FILE } from './template-tree';
import { TokenMatcher } from './token-matcher';
import type { Tokenizer } from './tokenizer';
import { namedTokens, type NamedTokens } from './tokenizer-config';

/** The files that a chat template is read from, for messages. */
export interface TemplateFileNames {
  tree: string;
  config: string;
}

const FILE_NAMES: TemplateFileNames = { tree: TEMPLATE_FILE, config: 'tokenizer_config.json' };
const MAX_PROMPT_LENGTH = 2 ** 23;

/**
 * A model's chat template: conversation to token ids, as HF renders and encodes it.
 *
 * A control token's id comes from the template alone, never from a message. For that, the contents go through the template
 * in disguise: every character that control tokens are made of is swapped for one that no control token has
 * (`disguise.ts`). So whatever filters do to the contents, a control token in the rendered text is the template's own. The
 * text is cut there, and only the pieces between are put back into their own characters and encoded, as text. What a
 * template looks for in a message (`'<note>' in content`) it finds: its own string literals stay as they are, unless they
 * could become a part of a control token (`template-literals.ts`).
 */
export class ChatTemplate {
  readonly #template: Template;
  readonly #readable: readonly string[];
  readonly #exempt: RegExp | undefined;
  readonly #tokenizer: Tokenizer;
  readonly #matcher: TokenMatcher;
  readonly #namedTokens: NamedTokens;
  readonly #place: ErrorDetails;

  private constructor(json: unknown, tokenizer: Tokenizer, named: NamedTokens, file: string) {
    const { literals, body } = parseTemplateTree(json, file);
    // The library makes templates of their source alone, and parses that.
    this.#template = new Template('');
    Object.assign(this.#template.parsed, { body });
    this.#readable = [JSON.stringify(body)];
    this.#exempt = harmlessLiterals(literals, tokenizer.controlTokens.keys());
    this.#tokenizer = tokenizer;
    // White space has no disguise, so a token of nothing else could come from a message.
    this.#matcher = new TokenMatcher(Array.from(tokenizer.controlTokens).filter(([content]) => /\S/u.test(content)));
    this.#namedTokens = named;
    this.#place = { file };
  }

  /**
   * @param tree the parsed JSON of `chat_template.tree.json`.
   * @param tokenizerConfig that of `tokenizer_config.json`, undefined where there is none.
   * @throws TemplateError if the tree is none; TokenizerError if a named token is no text.
   */
  static parse(tree: unknown, tokenizerConfig: unknown, tokenizer: Tokenizer, names = FILE_NAMES): ChatTemplate {
    const named = namedTokens(tokenizerConfig, names.config);
    return orTemplateError({ file: names.tree }, () => new ChatTemplate(tree, tokenizer, named, names.tree));
  }

  /**
   * The ids of a conversation.
   * @param addGenerationPrompt ends with what opens the assistant's answer.
   * @throws TemplateError if the template refuses the messages (with its own message), fails or gives too long a text.
   */
  encode(messages: readonly ChatMessage[], addGenerationPrompt = true): number[] {
    return orTemplateError(this.#place, () =>
      this.#tokenizer.encodeTemplate(this.#render(messages, addGenerationPrompt)),
    );
  }

  /** Ids of control tokens, and the texts between them. */
  #render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): (string | number)[] {
    const contents = messages.map(({ content }) => content);
    const disguise = new Disguise(this.#tokenizer.controlTokens.keys(), [...this.#readable, ...contents]);
    const rendered = this.#template.render({
      ...this.#namedTokens,
      messages: messages.map(({ role, content }) => ({ role, content: disguise.hide(content, this.#exempt) })),
      add_generation_prompt: addGenerationPrompt,
      // HF passes these as None where a chat has none of them.
      tools: null,
      documents: null,
    });
    if (rendered.length > MAX_PROMPT_LENGTH) {
      throw new TemplateError(`gives a prompt of more than ${MAX_PROMPT_LENGTH} characters`, this.#place);
    }
    const parts = this.#matcher.split(rendered);
    return parts.map((part) => (typeof part === 'string' ? disguise.reveal(part) : part));
  }
}

/** Runs what calls the template library; all that it throws becomes a TemplateError. */
function orTemplateError<T>(place: ErrorDetails, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof SternaError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TemplateError(reason === '' ? 'it fails and does not say why' : reason, { ...place, cause });
  }
}
