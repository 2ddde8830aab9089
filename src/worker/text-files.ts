import { ChatTemplate } from '../model/text/chat-template';
import { TEMPLATE_FILE } from '../model/text/template-tree';
import { TokenTable } from '../model/text/token-table';
import { Tokenizer } from '../model/text/tokenizer';
import { parseJson } from './json-file';
import { CONFIG_FILE, TOKENIZER_FILE, type TextSource } from './text-model';

/** What decoding needs of a pack's tokenizer. @throws PackError, TokenizerError */
export function readTokenTable(source: TextSource): TokenTable {
  return TokenTable.parse(...tokenizerFiles(source));
}

/** What encoding needs of it. @throws PackError, TokenizerError */
export function readTokenizer(source: TextSource): Tokenizer {
  return Tokenizer.parse(...tokenizerFiles(source));
}

/** Undefined where the pack has no chat template. @throws PackError, TokenizerError, TemplateError */
export function readChatTemplate(source: TextSource, tokenizer: Tokenizer): ChatTemplate | undefined {
  const tree = json(source, TEMPLATE_FILE);
  if (tree === undefined) return undefined;
  const names = { tree: source.url + TEMPLATE_FILE, config: source.url + CONFIG_FILE };
  return ChatTemplate.parse(tree, json(source, CONFIG_FILE), tokenizer, names);
}

function tokenizerFiles(source: TextSource): Parameters<typeof TokenTable.parse> {
  const names = { tokenizer: source.url + TOKENIZER_FILE, config: source.url + CONFIG_FILE };
  return [json(source, TOKENIZER_FILE), json(source, CONFIG_FILE), source.vocabSize, names];
}

function json({ files, url }: TextSource, path: string): unknown {
  const bytes = files.get(path);
  return bytes === undefined ? undefined : parseJson(bytes, url + path);
}
