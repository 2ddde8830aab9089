import { TokenizerError } from '../errors';
import { ChatTemplate } from '../model/text/chat-template';
import { Tokenizer } from '../model/text/tokenizer';
import { parseJson } from './json-file';

const TOKENIZER_FILE = 'tokenizer.json';
const CONFIG_FILE = 'tokenizer_config.json';
const TEMPLATE_FILE = 'chat_template.jinja';

/** The files of a pack that its text model is made of; all may be missing. */
export const TEXT_FILES = [TOKENIZER_FILE, CONFIG_FILE, TEMPLATE_FILE] as const;

/** What turns text into token ids and back. */
export interface TextModel {
  tokenizer: Tokenizer;
  /** Undefined for a model that does not chat. */
  template: ChatTemplate | undefined;
}

/** A text model that chats. */
export interface ChatModel {
  tokenizer: Tokenizer;
  template: ChatTemplate;
}

/**
 * Reads the text model of a pack; undefined where the pack has no tokenizer.
 * @param files the contents of those of TEXT_FILES that there are.
 * @param url of the pack's folder, for messages.
 * @throws PackError, TokenizerError, TemplateError
 */
export function readTextModel(
  files: ReadonlyMap<string, Uint8Array>,
  url: string,
  vocabSize: number,
): TextModel | undefined {
  const json = (path: string) => {
    const bytes = files.get(path);
    return bytes === undefined ? undefined : parseJson(bytes, url + path);
  };
  if (!files.has(TOKENIZER_FILE)) return undefined;
  const config = json(CONFIG_FILE);
  const names = { tokenizer: url + TOKENIZER_FILE, config: url + CONFIG_FILE, jinja: url + TEMPLATE_FILE };
  const tokenizer = Tokenizer.parse(json(TOKENIZER_FILE), config, vocabSize, names);
  const jinja = files.get(TEMPLATE_FILE);
  const source = jinja === undefined ? undefined : new TextDecoder().decode(jinja);
  return { tokenizer, template: ChatTemplate.parse(config, tokenizer, source, names) };
}

/** @throws TokenizerError where the pack has no tokenizer or its tokenizer no chat template. */
export function chatModel(text: TextModel | undefined): ChatModel {
  if (text === undefined) {
    throw new TokenizerError('the model has none, so it serves logits of token ids and cannot chat', {
      file: TOKENIZER_FILE,
    });
  }
  const { tokenizer, template } = text;
  if (template === undefined) {
    throw new TokenizerError('the model has no chat template, so it cannot chat', {
      file: CONFIG_FILE,
      field: 'chat_template',
    });
  }
  return { tokenizer, template };
}
