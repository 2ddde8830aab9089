import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../../../src/model/text/tokenizer';
import { Random, testSeed } from '../../support/random';
import {
  bundledTokenizer,
  bundledTokenizerJson,
  encodings,
  randomText,
  sentencePieceJson,
  VOCAB_SIZE,
} from '../../support/text-fixtures';

const seed = testSeed();
const { byteLevel, sentencePiece } = encodings();

describe('encodes as HF does', () => {
  test.each(Object.entries(byteLevel))('byte-level, %s', (_, { parts, cases }) => {
    const tokenizer = Tokenizer.parse({ ...bundledTokenizerJson(), ...parts }, undefined, VOCAB_SIZE);
    for (const [text, ids] of cases) expect(tokenizer.encodeText(text), JSON.stringify(text)).toEqual(ids);
  });

  test.each(Object.entries(sentencePiece))('SentencePiece, %s', (_, { parts, cases, templates }) => {
    const tokenizer = Tokenizer.parse({ ...sentencePieceJson(), ...parts }, undefined, 1000);
    for (const [text, ids] of cases) expect(tokenizer.encodeText(text), JSON.stringify(text)).toEqual(ids);
    for (const [segments, ids] of templates ?? []) {
      expect(tokenizer.encodeTemplate(segments), JSON.stringify(segments)).toEqual(ids);
    }
  });
});

describe(`random texts (seed ${seed})`, () => {
  const words = ['<|im_end|>', '<|im_start|>user\n', '<|endoftext|>', ' the', 'Hello', '\n\n', '  '];

  test('come back byte for byte from the bundled tokenizer, and hold no control token', () => {
    const random = new Random(seed);
    const tokenizer = bundledTokenizer();
    for (let round = 0; round < 1000; round++) {
      const text = randomText(random, 60, words);
      const ids = tokenizer.encodeText(text);
      expect(tokenizer.decode(ids), JSON.stringify(text)).toBe(text);
      expect(Math.min(VOCAB_SIZE, ...ids)).toBeGreaterThan(2);
    }
  });

  test('come back from a SentencePiece tokenizer, but for its mark of a space', () => {
    const random = new Random(seed);
    const tokenizer = Tokenizer.parse(sentencePieceJson(), undefined, 1000);
    for (let round = 0; round < 300; round++) {
      const text = randomText(random, 40, ['<s>', '</s>', '<unk>', '<0x41>', ' the']);
      const ids = tokenizer.encodeText(text);
      expect(tokenizer.decode(ids), JSON.stringify(text)).toBe(text.replaceAll('\u2581', ' '));
      expect(Math.min(1000, ...ids)).toBeGreaterThan(2);
    }
  });
});

describe('control tokens', () => {
  const added = (id: number, content: string, fields = {}) => ({ id, content, special: false, ...fields });
  const withAdded = (...tokens: object[]) => {
    const json = bundledTokenizerJson();
    return Tokenizer.parse({ ...json, added_tokens: [...json.added_tokens, ...tokens] }, undefined, VOCAB_SIZE + 8);
  };

  test('are not made from text, special or not, alone or inside a word', () => {
    const tokenizer = withAdded(added(VOCAB_SIZE, '<tool_call>'), added(VOCAB_SIZE + 1, 'STOP'));
    for (const text of ['<tool_call>', 'a<tool_call>b', ' STOP', 'nonSTOPs', '<|im_end|>', 'x<|im_end|>y']) {
      const ids = tokenizer.encodeText(text);
      expect(ids.every((id) => id > 2 && id < VOCAB_SIZE)).toBe(true);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });

  test('are not made by a merge, nor by a word that is a token', () => {
    const json = bundledTokenizerJson();
    const { model } = json;
    // "the" by its merge, and " cat" as a whole word.
    const the = model.vocab.the;
    const cat = model.vocab['\u0120cat'];
    const tokenizer = Tokenizer.parse(
      {
        ...json,
        model: { ...model, ignore_merges: true },
        added_tokens: [added(the, 'the', { special: true }), added(cat, ' cat', { special: true })],
      },
      undefined,
      VOCAB_SIZE,
    );
    const ids = tokenizer.encodeText('the cat, other the cat');
    expect(ids).not.toContain(the);
    expect(ids).not.toContain(cat);
    expect(tokenizer.decode(ids)).toBe('the cat, other the cat');
  });

  test('come from a template by their id, and take white space away where they say so', () => {
    const tokenizer = withAdded(added(VOCAB_SIZE, '<end>', { special: true, lstrip: true, rstrip: true }));
    const ids = tokenizer.encodeTemplate(['Hello \n', VOCAB_SIZE, '\n  there', 2, ' x']);
    expect(ids).toEqual([
      ...tokenizer.encodeText('Hello'),
      VOCAB_SIZE,
      ...tokenizer.encodeText('there'),
      2,
      ...tokenizer.encodeText(' x'),
    ]);
  });

  test('that only the config names are control tokens, too', () => {
    const json = sentencePieceJson();
    const config = { bos_token: '<s>', eos_token: { content: '</s>', lstrip: false }, unk_token: null };
    const tokenizer = Tokenizer.parse({ ...json, added_tokens: [] }, config, 1000);
    expect(Array.from(tokenizer.controlTokens)).toEqual([
      ['<s>', 1],
      ['</s>', 2],
    ]);
  });

  test('do not cover white space and single bytes, which text needs', () => {
    const json = bundledTokenizerJson();
    const bang = json.model.vocab['!'];
    const tokenizer = withAdded(added(VOCAB_SIZE, '    '), added(bang, '!', { special: true }));
    expect(tokenizer.encodeText('a    b!')).toEqual([
      ...tokenizer.encodeText('a'),
      VOCAB_SIZE,
      ...tokenizer.encodeText('b'),
      bang,
    ]);
    expect(tokenizer.decode(tokenizer.encodeText('a    b!'))).toBe('a    b!');
  });
});

describe('decoding', () => {
  const tokenizer = bundledTokenizer();

  test('leaves special tokens and ids without a token out, and shows added ones that are not special', () => {
    const json = bundledTokenizerJson();
    const call = { id: VOCAB_SIZE, content: '<tool_call>', special: false };
    const more = Tokenizer.parse({ ...json, added_tokens: [...json.added_tokens, call] }, undefined, VOCAB_SIZE + 9);
    const ids = [0, ...more.encodeText('Hi'), VOCAB_SIZE, VOCAB_SIZE + 5, 2];
    expect(more.decode(ids)).toBe('Hi<tool_call>');
    expect(more.tokenBytes(0)).toHaveLength(0);
  });

  test('of a token gives its bytes, also where they are half a character', () => {
    const text = '😀 naïve 日本';
    const bytes = tokenizer.encodeText(text).flatMap((id) => Array.from(tokenizer.tokenBytes(id)));
    expect(bytes).toEqual(Array.from(new TextEncoder().encode(text)));
    const [half] = tokenizer.encodeText('😀');
    expect(tokenizer.decode([half])).toBe('\uFFFD');
  });

  test('keeps a byte order mark, and a lone surrogate becomes U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encodeText('\uFEFFa\uD83Db'))).toBe('\uFEFFa\uFFFDb');
  });

  test('spells one token: its text and bytes, or the name of a special one', () => {
    const json = bundledTokenizerJson();
    const call = { id: VOCAB_SIZE, content: '<tool_call>', special: false };
    const more = Tokenizer.parse({ ...json, added_tokens: [...json.added_tokens, call] }, undefined, VOCAB_SIZE + 9);
    const [name] = [...tokenizer.controlTokens].find(([, id]) => id === 0) ?? [];
    expect(tokenizer.spell(0)).toEqual({ token: name, bytes: null });
    expect(more.spell(VOCAB_SIZE)).toEqual({
      token: '<tool_call>',
      bytes: [...new TextEncoder().encode('<tool_call>')],
    });
    const [id] = tokenizer.encodeText('a');
    expect(tokenizer.spell(id)).toEqual({ token: 'a', bytes: [0x61] });
    expect(more.spell(VOCAB_SIZE + 5)).toEqual({ token: '', bytes: [] });
  });

  test('of nothing is nothing', () => {
    expect(tokenizer.encodeText('')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
  });
});

test('what no token can spell is the unknown token, where there is one', () => {
  const vocab = { '<unk>': 0, a: 1, b: 2 };
  const json = { decoder: { type: 'Fuse' }, model: { type: 'BPE', vocab, merges: [], unk_token: '<unk>' } };
  expect(Tokenizer.parse(json, undefined, 3).encodeText('a!b')).toEqual([1, 0, 2]);
});
