import type { ModelConfig } from '../../src/model/config';
import { BYTE_OF_CHARACTER } from '../../src/model/text/byte-alphabet';
import type { TextSource } from '../../src/worker/text-model';
import { compileTemplate } from '../../tools/compile-template';
import { configJson } from '../../bench/model/config-json';
import { manifestOf } from './byte-pack';
import type { Random } from './random';
import { packShards } from './pack-shards';
import { randomWeights } from './random-model';
import { tinyConfig } from './tiny-config';

/** Ids of the byte tokens are their bytes; these follow. */
export const TOKENS = { start: 256, end: 257 };

/** A config for the byte vocabulary: small, and odd enough to be ragged. */
export function byteConfig(): ModelConfig {
  return tinyConfig({
    vocabSize: 258,
    hiddenSize: 24,
    stateSize: 24,
    layerCount: 2,
    headCount: 1,
    intermediateSize: 20,
    eosTokenIds: [TOKENS.end],
    bosTokenId: null,
  });
}

const USUAL_TEMPLATE =
  "{% for m in messages %}{{ '<|start|>' + m['role'] + ' ' + m['content'] + '<|end|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|start|>assistant ' }}{% endif %}";

/** A tokenizer whose tokens are single bytes, with a chat template: the files of a pack, by name. */
function byteTokenizer(template: string): Record<string, unknown> {
  const added = (id: number, content: string) => ({ id, content, special: true });
  const config = { eos_token: '<|end|>', chat_template: template };
  return {
    'tokenizer.json': {
      added_tokens: [added(TOKENS.start, '<|start|>'), added(TOKENS.end, '<|end|>')],
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries([...BYTE_OF_CHARACTER, ['<|start|>', 256], ['<|end|>', 257]]),
        merges: [],
      },
    },
    'tokenizer_config.json': config,
    'chat_template.tree.json': compileTemplate(config),
  };
}

/** The byte tokenizer and a chat template as an engine reads them. */
export function byteTextSource(template = USUAL_TEMPLATE): TextSource {
  const bytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
  const files = new Map(Object.entries(byteTokenizer(template)).map(([name, json]) => [name, bytes(json)]));
  return { files, url: 'https://host.invalid/pack/', vocabSize: 258 };
}

export interface TinyPackOptions {
  config?: ModelConfig;
  /** Leaves the tokenizer out. */
  withoutText?: boolean;
  /** The chat template, instead of one of the usual kind. */
  template?: string;
  chunkBytes?: number;
  /** Ids that end an answer; one, if left out. */
  endTokens?: number[];
  /** Files with other bytes, of which the manifest tells the right hashes. */
  replaced?: Record<string, Uint8Array>;
}

/** The files of a whole pack with random weights, by name. */
export async function tinyPack(random: Random, options: TinyPackOptions = {}) {
  const config = options.config ?? byteConfig();
  const weights = randomWeights(config, random);
  const files = new Map<string, Uint8Array>();
  const addJson = (path: string, json: unknown) => files.set(path, new TextEncoder().encode(JSON.stringify(json)));
  addJson('config.json', configJson(config));
  addJson('generation_config.json', { temperature: 0.5, eos_token_id: options.endTokens ?? TOKENS.end });
  if (options.withoutText !== true) {
    for (const [path, json] of Object.entries(byteTokenizer(options.template ?? USUAL_TEMPLATE))) addJson(path, json);
  }
  for (const [path, bytes] of packShards(config, weights)) files.set(path, bytes);
  for (const [path, bytes] of Object.entries(options.replaced ?? {})) files.set(path, bytes);
  addJson('sterna.json', await manifestOf(files, options.chunkBytes));
  return { files, config, weights };
}
