import { TokenizerError } from '../errors';
import { ChatTemplate } from '../model/text/chat-template';
import type { TokenDecoder } from '../model/text/text-stream';
import { TokenTable } from '../model/text/token-table';
import { Tokenizer } from '../model/text/tokenizer';
import { parseJson } from './json-file';

const TOKENIZER_FILE = 'tokenizer.json';
const CONFIG_FILE = 'tokenizer_config.json';
const TEMPLATE_FILE = 'chat_template.jinja';

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

/** What turns token ids into text. */
export interface TextModel {
  tokenizer: TokenDecoder;
  /** Whether the pack has a chat template. */
  canChat: boolean;
}

/** Whether the pack has a tokenizer at all: what follows asks for one. */
export function hasTokenizer({ files }: TextSource): boolean {
  return files.has(TOKENIZER_FILE);
}

/** What decoding needs of a pack's tokenizer. @throws PackError, TokenizerError */
export function readTokenTable(source: TextSource): TokenTable {
  return TokenTable.parse(...tokenizerFiles(source));
}

/** Undefined where the pack has no chat template. @throws PackError, TokenizerError, TemplateError */
export function readChatTemplate(source: TextSource): ChatTemplate | undefined {
  const jinja = source.files.get(TEMPLATE_FILE);
  const text = jinja === undefined ? undefined : new TextDecoder().decode(jinja);
  const names = { config: source.url + CONFIG_FILE, jinja: source.url + TEMPLATE_FILE };
  return ChatTemplate.parse(json(source, CONFIG_FILE), Tokenizer.parse(...tokenizerFiles(source)), text, names);
}

/** The tokenizer of a model that chats. @throws TokenizerError where it has none, or no chat template. */
export function chatTokenizer(text: TextModel | undefined): TokenDecoder {
  if (text === undefined) {
    throw new TokenizerError('the model has none, so it serves logits of token ids and cannot chat', {
      file: TOKENIZER_FILE,
    });
  }
  if (!text.canChat) {
    throw new TokenizerError('the model has no chat template, so it cannot chat', {
      file: CONFIG_FILE,
      field: 'chat_template',
    });
  }
  return text.tokenizer;
}

function tokenizerFiles(source: TextSource): Parameters<typeof TokenTable.parse> {
  const names = { tokenizer: source.url + TOKENIZER_FILE, config: source.url + CONFIG_FILE };
  return [json(source, TOKENIZER_FILE), json(source, CONFIG_FILE), source.vocabSize, names];
}

function json({ files, url }: TextSource, path: string): unknown {
  const bytes = files.get(path);
  return bytes === undefined ? undefined : parseJson(bytes, url + path);
}
