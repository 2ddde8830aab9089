import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, TemplateError, TokenizerError } from '../src/errors';
import { parseConfig } from '../src/model/config';
import type { ModelConfig } from '../src/model/config';
import { parseGenerationConfig } from '../src/model/generation-config';
import { FILE_BYTES_LIMIT } from '../src/model/manifest';
import { TEMPLATE_FILE } from '../src/model/text/template-tree';
import { compileTemplate } from './compile-template';
import { readJsonFile, type JsonFile } from './json-file';

/** A file of a pack that is not weights. */
export interface CompanionFile {
  name: string;
  bytes: Uint8Array;
}

/** What a checkpoint folder holds beside its weights. */
export interface Companions {
  config: ModelConfig;
  files: CompanionFile[];
  /** Without `tokenizer.json` a pack serves token ids only. */
  hasTokenizer: boolean;
}

/**
 * Reads the config, the generation config, the tokenizer and the chat template of a checkpoint folder, which is compiled.
 * Only `config.json` must be there.
 * @throws ConfigError, TokenizerError or TemplateError for a file that is wrong.
 */
export async function readCompanions(folder: string): Promise<Companions> {
  const config = await readJsonFile(join(folder, 'config.json'), ConfigError);
  if (config === undefined) throw new ConfigError('has no config.json: it is no checkpoint folder', { file: folder });
  const generation = await readJsonFile(join(folder, 'generation_config.json'), ConfigError);
  if (generation !== undefined) parseGenerationConfig(generation.json, generation.name);
  const tokenizer = await readJsonFile(join(folder, 'tokenizer.json'), TokenizerError);
  const tokenizerConfig = await readJsonFile(join(folder, 'tokenizer_config.json'), TokenizerError);
  const template = await readTemplate(folder, 'chat_template.jinja');
  const files = [config, generation, tokenizer, tokenizerConfig, template, compiled(tokenizerConfig, template)];
  return {
    config: parseConfig(config.json, config.name),
    files: files.filter((file) => file !== undefined).map(({ name, bytes }) => ({ name, bytes })),
    hasTokenizer: tokenizer !== undefined,
  };
}

function compiled(config: JsonFile | undefined, template: CompanionFile | undefined): CompanionFile | undefined {
  const tree = compileTemplate(config?.json, template && new TextDecoder().decode(template.bytes));
  return tree && { name: TEMPLATE_FILE, bytes: new TextEncoder().encode(JSON.stringify(tree)) };
}

async function readTemplate(folder: string, name: string): Promise<CompanionFile | undefined> {
  const path = join(folder, name);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  if (!status.isFile() || status.size > FILE_BYTES_LIMIT) {
    throw new TemplateError(`is not a file of at most ${FILE_BYTES_LIMIT} bytes`, { file: name });
  }
  return { name, bytes: new Uint8Array(await readFile(path)) };
}
