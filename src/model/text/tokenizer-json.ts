import * as v from 'valibot';
import { TokenizerError } from '../../errors';
import { validate } from '../validate';
import { BYTE_OF_CHARACTER, BYTE_OF_FALLBACK_TOKEN } from './byte-alphabet';
import { frame, type Frame } from './post-processor';
import { spelling, type Spelling } from './token-bytes';
import { normalizer, preTokenizer, type Component } from './tokenizer-components';

/** A token that is added to the vocabulary beside the ones made by merging. */
export interface AddedToken {
  id: number;
  content: string;
  /** Not shown as text. */
  special: boolean;
  /** In a template, takes the white space before it away. */
  stripsBefore: boolean;
  /** In a template, takes the white space after it away. */
  stripsAfter: boolean;
}

/** A byte-pair tokenizer as its `tokenizer.json` gives it. */
export interface TokenizerFile {
  /** For messages. */
  name: string;
  addedTokens: AddedToken[];
  normalizer: Component | null;
  preTokenizer: Component | null;
  frame: Frame;
  spelling: Spelling;
  /** Token to id. */
  vocabulary: Map<string, number>;
  /** The entries of `model.merges` as they are: most of the file, and of no use but to `mergesOf`. */
  mergeList: readonly unknown[];
  unknownToken: string | null;
  fusesUnknown: boolean;
  /** A word that is a token is not merged. */
  ignoresMerges: boolean;
}

const MAX_TOKENS = 2 ** 20;
const MAX_MERGES = 2 ** 21;
const MAX_ADDED_TOKENS = 16_384;
/** Of all added tokens together: each character takes a node of a trie. */
const MAX_ADDED_CHARACTERS = 2 ** 18;
const MAX_TOKEN_LENGTH = 1024;

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_TOKENS - 1));
const flag = v.nullish(v.boolean(), false);
/** A large table, whose entries are checked one by one afterwards: schemas are too slow for it. */
const table = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object of token to id',
);
const list = v.custom<unknown[]>(Array.isArray, 'must be a list of pairs of tokens');
const none = (what: string) => v.nullish(v.null(`${what} is not supported`));

const schema = v.looseObject({
  added_tokens: v.optional(
    v.pipe(
      v.array(
        v.looseObject({
          id,
          content: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
          special: flag,
          lstrip: flag,
          rstrip: flag,
          single_word: v.nullish(v.literal(false, 'tokens that match single words only are not supported')),
        }),
      ),
      v.maxLength(MAX_ADDED_TOKENS),
      v.check(
        (tokens) => tokens.reduce((sum, { content }) => sum + content.length, 0) <= MAX_ADDED_CHARACTERS,
        `have more than ${MAX_ADDED_CHARACTERS} characters in all`,
      ),
    ),
    [],
  ),
  normalizer: v.nullish(normalizer, null),
  pre_tokenizer: v.nullish(preTokenizer, null),
  post_processor: frame,
  decoder: spelling,
  model: v.looseObject({
    type: v.literal('BPE', ({ received }) => `Sterna runs byte-pair tokenizers (BPE), not ${received}`),
    vocab: table,
    merges: list,
    unk_token: v.nullish(v.string(), null),
    fuse_unk: flag,
    byte_fallback: flag,
    ignore_merges: flag,
    dropout: none('dropout'),
    continuing_subword_prefix: v.nullish(v.literal('', 'is not supported')),
    end_of_word_suffix: v.nullish(v.literal('', 'is not supported')),
  }),
});

/**
 * Reads the parsed JSON of an HF `tokenizer.json`.
 * @param vocabSize rows of the model's embedding table: no id may reach it.
 * @param file name of the file, for messages.
 * @throws TokenizerError naming the field that is missing, wrong or not supported.
 */
export function parseTokenizerFile(json: unknown, vocabSize: number, file: string): TokenizerFile {
  const fields = validate(schema, json, file, TokenizerError);
  const { model } = fields;
  const vocabulary = readVocabulary(model.vocab, vocabSize, file);
  const addedTokens = fields.added_tokens.map((token) => ({
    id: token.id,
    content: token.content,
    special: token.special,
    stripsBefore: token.lstrip,
    stripsAfter: token.rstrip,
  }));
  checkAddedTokens(addedTokens, vocabulary, vocabSize, file);
  if (model.unk_token !== null && !vocabulary.has(model.unk_token)) {
    throw new TokenizerError('is not in the vocabulary', { file, field: 'model.unk_token' });
  }
  return {
    name: file,
    addedTokens,
    normalizer: fields.normalizer,
    preTokenizer: fields.pre_tokenizer,
    frame: fields.post_processor,
    spelling: { ...fields.decoder, byteFallback: fields.decoder.byteFallback || model.byte_fallback },
    vocabulary,
    mergeList: model.merges,
    unknownToken: model.unk_token,
    fusesUnknown: model.fuse_unk,
    ignoresMerges: model.ignore_merges,
  };
}

/** The tokens that stand for one byte each; the vocabulary may lack some. */
export function byteTokens(spelling: Spelling): ReadonlyMap<string, number> {
  if (spelling.byteLevel) return BYTE_OF_CHARACTER;
  return spelling.byteFallback ? BYTE_OF_FALLBACK_TOKEN : new Map();
}

function readVocabulary(table: Record<string, unknown>, vocabSize: number, file: string): Map<string, number> {
  const vocabulary = new Map<string, number>();
  const seen = new Set<number>();
  for (const [token, value] of Object.entries(table)) {
    const refuse = (reason: string): never => {
      throw new TokenizerError(reason, { file, field: `model.vocab[${JSON.stringify(token)}]` });
    };
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return refuse('must be a token id');
    if (value >= vocabSize) refuse(outside(value, vocabSize));
    if (token.length > MAX_TOKEN_LENGTH) refuse(`is longer than ${MAX_TOKEN_LENGTH} characters`);
    if (seen.has(value)) refuse(`the id ${value} is given to two tokens`);
    seen.add(value);
    vocabulary.set(token, value);
  }
  return vocabulary;
}

/**
 * Pairs of tokens that are joined, most urgent first; only encoding needs them.
 * @throws TokenizerError naming the one that is wrong.
 */
export function mergesOf({ name: file, mergeList, vocabulary }: TokenizerFile): [string, string][] {
  if (mergeList.length > MAX_MERGES) {
    throw new TokenizerError(`has more than ${MAX_MERGES} entries`, { file, field: 'model.merges' });
  }
  return mergeList.map((entry, index) => {
    const pair: unknown = typeof entry === 'string' ? entry.split(' ') : entry;
    const refuse = (reason: string): never => {
      throw new TokenizerError(reason, { file, field: `model.merges[${index}]` });
    };
    if (!isPair(pair)) return refuse('must be a pair of tokens');
    for (const token of [...pair, pair.join('')]) {
      if (!vocabulary.has(token)) refuse(`${JSON.stringify(token)} is not in the vocabulary`);
    }
    return pair;
  });
}

function isPair(value: unknown): value is [string, string] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((token) => typeof token === 'string' && token !== '')
  );
}

function checkAddedTokens(
  tokens: readonly AddedToken[],
  vocabulary: ReadonlyMap<string, number>,
  vocabSize: number,
  file: string,
): void {
  const contents = new Set<string>();
  const ids = new Set<number>();
  tokens.forEach(({ id, content }, index) => {
    const refuse = (field: string, reason: string): never => {
      throw new TokenizerError(reason, { file, field: `added_tokens[${index}].${field}` });
    };
    const listed = vocabulary.get(content);
    if (id >= vocabSize) refuse('id', outside(id, vocabSize));
    if (listed !== undefined && listed !== id) refuse('id', `is ${id}, but the vocabulary gives ${listed} to it`);
    if (ids.has(id)) refuse('id', `${id} is given to two tokens`);
    if (contents.has(content)) refuse('content', `${JSON.stringify(content)} is given twice`);
    ids.add(id);
    contents.add(content);
  });
}

function outside(id: number, vocabSize: number): string {
  return `the id ${id} is outside the model's vocabulary of ${vocabSize}`;
}
