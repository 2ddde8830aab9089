import { TokenizerError } from '../errors';
import { TEMPLATE_FILE } from '../model/text/template-tree';
import type { TokenSpeller } from '../model/text/text-stream';

export const TOKENIZER_FILE = 'tokenizer.json';
export const CONFIG_FILE = 'tokenizer_config.json';

/** The files of a pack that its text model is made of; all may be missing. */
export const TEXT_FILES = [TOKENIZER_FILE, CONFIG_FILE, TEMPLATE_FILE] as const;

/** What a pack's text model is read from. */
export interface TextSource {
  /** The contents of those of TEXT_FILES that there are, by name. */
  files: ReadonlyMap<string, Uint8Array>;
  /** URL of the pack's folder, for messages. */
  url: string;
  /** Rows of the model's embedding table. */
  vocabSize: number;
}

/** What the runtime's own thread needs of a tokenizer. */
export interface TextDecoding extends TokenSpeller {
  decode(ids: readonly number[]): string;
}

/** What turns token ids into text. */
export interface TextModel {
  tokenizer: TextDecoding;
  /** Whether the pack has a chat template. */
  canChat: boolean;
}

/** Whether the pack has a tokenizer at all: what follows asks for one. */
export function hasTokenizer({ files }: TextSource): boolean {
  return files.has(TOKENIZER_FILE);
}

/** The tokenizer of a model that has one. @throws TokenizerError */
export function textTokenizer(text: TextModel | undefined): TextDecoding {
  if (text === undefined) {
    throw new TokenizerError('the model has none, so it serves logits of token ids and no text', {
      file: TOKENIZER_FILE,
    });
  }
  return text.tokenizer;
}

/** The tokenizer of a model that chats. @throws TokenizerError where it has none, or no chat template. */
export function chatTokenizer(text: TextModel | undefined): TextDecoding {
  const tokenizer = textTokenizer(text);
  if (text?.canChat !== true) {
    throw new TokenizerError('is missing, so the model cannot chat; if it has a chat template, convert it again', {
      file: TEMPLATE_FILE,
    });
  }
  return tokenizer;
}
