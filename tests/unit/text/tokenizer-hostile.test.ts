import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenizerError } from '../../../src/errors';
import { Tokenizer } from '../../../src/model/text/tokenizer';
import { testSeed } from '../../support/random';
import { bundledTokenizerJson, sentencePieceJson, VOCAB_SIZE, type TokenizerJson } from '../../support/text-fixtures';

const seed = testSeed();
const parameters = { seed, numRuns: 300 };

/** What parsing throws; the file's name is in it. */
function refusal(json: unknown, vocabSize = 1000, config?: unknown): TokenizerError {
  try {
    Tokenizer.parse(json, config, vocabSize);
  } catch (error) {
    if (error instanceof TokenizerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The small tokenizer with a change. */
function changed(change: (json: TokenizerJson) => void): TokenizerJson {
  const json = sentencePieceJson();
  change(json);
  return json;
}

const vocabularyOf = (json: TokenizerJson) => json.model.vocab;

describe('a tokenizer.json is refused by field', () => {
  test.each<[field: string | undefined, reason: RegExp, json: unknown]>([
    [undefined, /Expected Object/, null],
    [undefined, /Expected Object/, 'text'],
    [undefined, /Expected Object/, 3],
    ['decoder', /Expected "decoder"/, {}],
    ['model.type', /byte-pair tokenizers/, changed((json) => (json.model.type = 'Unigram'))],
    ['model.vocab', /must be an object/, changed((json) => (json.model.vocab = [] as never))],
    ['model.vocab["x"]', /must be a token id/, changed((json) => (vocabularyOf(json).x = -1))],
    ['model.vocab["x"]', /must be a token id/, changed((json) => (vocabularyOf(json).x = 0.5))],
    ['model.vocab["x"]', /must be a token id/, changed((json) => (vocabularyOf(json).x = '7' as never))],
    ['model.vocab["<s>"]', /given to two tokens/, changed((json) => (vocabularyOf(json)['<s>'] = 0))],
    [
      'model.vocab["new"]',
      /outside the model's vocabulary of 1000/,
      changed((json) => (vocabularyOf(json).new = 1000)),
    ],
    ['model.merges', /list of pairs/, changed((json) => (json.model.merges = {} as never))],
    ['model.merges[0]', /pair of tokens/, changed((json) => (json.model.merges[0] = 'abc'))],
    ['model.merges[0]', /pair of tokens/, changed((json) => (json.model.merges[0] = ['a', 'b', 'c']))],
    ['model.merges[0]', /pair of tokens/, changed((json) => (json.model.merges[0] = ['a', 3]))],
    ['model.merges[0]', /"qz" is not in the vocabulary/, changed((json) => (json.model.merges[0] = 'q z'))],
    ['model.unk_token', /not in the vocabulary/, changed((json) => (json.model.unk_token = '<what>'))],
    ['model.dropout', /not supported/, changed((json) => (json.model.dropout = 0.1))],
    ['model.end_of_word_suffix', /not supported/, changed((json) => (json.model.end_of_word_suffix = '</w>'))],
    ['added_tokens.0.id', /Invalid/, changed((json) => (json.added_tokens[0].id = -1))],
    ['added_tokens.0.content', /Invalid/, changed((json) => (json.added_tokens[0].content = ''))],
    ['added_tokens.0.single_word', /not supported/, changed((json) => (json.added_tokens[0].single_word = true))],
    ['added_tokens[0].id', /outside/, changed((json) => (json.added_tokens[0] = { id: 1000, content: '<new>' }))],
    ['added_tokens[0].id', /the vocabulary gives 0/, changed((json) => (json.added_tokens[0].id = 3))],
    ['added_tokens[3].id', /two tokens/, changed((json) => json.added_tokens.push({ id: 1, content: '<new>' }))],
    [
      'added_tokens[4].content',
      /given twice/,
      changed((json) => json.added_tokens.push({ id: 900, content: '<new>' }, { id: 901, content: '<new>' })),
    ],
    ['decoder', /must be ByteLevel, Metaspace/, changed((json) => (json.decoder = { type: 'WordPiece' }))],
    ['decoder', /must be ByteLevel, Metaspace/, changed((json) => (json.decoder = null))],
    ['normalizer.type', /"Precompiled"/, changed((json) => (json.normalizer = { type: 'Precompiled' }))],
    [
      'pre_tokenizer.type',
      /"BertPreTokenizer"/,
      changed((json) => (json.pre_tokenizer = { type: 'BertPreTokenizer' })),
    ],
    [
      'pre_tokenizer.pattern',
      /must be a String, or a Regex/,
      changed((json) => {
        json.pre_tokenizer = { type: 'Split', pattern: { Regex: '(a+)+' }, behavior: 'Isolated', invert: false };
      }),
    ],
    [
      'pre_tokenizer',
      /Split is supported with/,
      changed((json) => {
        json.pre_tokenizer = { type: 'Split', pattern: { Regex: 'a' }, behavior: 'MergedWithNext' };
      }),
    ],
    [
      undefined,
      /cannot be read: .*regular expression/i,
      changed((json) => {
        json.pre_tokenizer = { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' };
      }),
    ],
  ])('%s', (field, reason, json) => {
    const error = refusal(json);
    expect(error.reason).toMatch(reason);
    expect(error.field).toBe(field);
    expect(error.file).toBe('tokenizer.json');
  });

  test('and a tokenizer_config.json', () => {
    const error = refusal(sentencePieceJson(), 1000, { bos_token: 7 });
    expect([error.file, error.field]).toEqual(['tokenizer_config.json', 'bos_token']);
    expect(refusal(sentencePieceJson(), 1000, 'text').file).toBe('tokenizer_config.json');
  });

  test('however deep it is', () => {
    let normalizer: unknown = { type: 'NFC' };
    for (let depth = 0; depth < 20_000; depth++) normalizer = { type: 'Sequence', normalizers: [normalizer] };
    expect(refusal({ ...sentencePieceJson(), normalizer })).toBeInstanceOf(TokenizerError);
  });

  test('that has more tokens than the model', () => {
    expect(refusal(bundledTokenizerJson(), VOCAB_SIZE - 1).reason).toContain('outside');
  });
});

describe(`random files (seed ${seed})`, () => {
  /** Either a working tokenizer comes of it, or a TokenizerError. */
  const worksOrIsRefused = (json: unknown, config?: unknown) => {
    try {
      const tokenizer = Tokenizer.parse(json, config, 1000);
      const ids = tokenizer.encodeText('Hello, <s>the sky</s> \u00e9\u{1f600}!');
      expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 1000)).toBe(true);
      expect(typeof tokenizer.decode(ids)).toBe('string');
    } catch (error) {
      if (!(error instanceof TokenizerError)) throw error;
    }
  };

  test('any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), worksOrIsRefused), parameters);
  });

  test('the right shape with anything in one place', () => {
    const paths = placesOf(sentencePieceJson());
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.oneof(fc.jsonValue(), fc.constant(undefined)), (path, value) => {
        const json = sentencePieceJson();
        let place: Record<string, unknown> = json;
        for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
        place[path[path.length - 1]] = value;
        worksOrIsRefused(json);
      }),
      parameters,
    );
  });

  test('keys that objects have anyway', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const json = JSON.parse(
        JSON.stringify(sentencePieceJson()).replace('"<unk>":0', `"${key}":999,"<unk>":0`),
      ) as unknown;
      worksOrIsRefused(json);
    }
  });
});

/** Paths to all places of the file, but not to each single token and merge. */
function placesOf(value: unknown, depth = 0): string[][] {
  if (typeof value !== 'object' || value === null || depth > 5) return [];
  const keys = Object.keys(value).slice(0, 20);
  return keys.flatMap((key) => [
    [key],
    ...placesOf((value as Record<string, unknown>)[key], depth + 1).map((rest) => [key, ...rest]),
  ]);
}
