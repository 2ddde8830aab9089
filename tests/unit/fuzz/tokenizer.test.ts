import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TemplateError, TokenizerError } from '../../../src/errors';
import { TextStream } from '../../../src/model/text/text-stream';
import { Tokenizer } from '../../../src/model/text/tokenizer';
import { packedTemplate } from '../../support/chat-template';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';
import { sentencePieceJson } from '../../support/text-fixtures';
import { byteTextSource } from '../../support/tiny-pack';

const seed = testSeed();
const LONE_SURROGATE = /\p{Surrogate}/u;
const numRuns = cases({ few: 1000, many: 3000 });
const VOCABULARY = 1000;
const CONFIG = { bos_token: '<s>', eos_token: { content: '</s>' }, chat_template: '{{ messages[0].content }}' };
const byteLevel: unknown = JSON.parse(new TextDecoder().decode(byteTextSource().files.get('tokenizer.json')));

/** A small file with a bit of everything that a tokenizer may have, so that changes hit what matters. */
const smallSentencePiece = () => {
  const json = sentencePieceJson();
  const kept = Object.entries(json.model.vocab).filter(([token]) => token.length === 1 || token.startsWith('<'));
  json.model.vocab = Object.fromEntries(kept);
  json.model.merges = [];
  return json;
};

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.constantFrom(
    '',
    '\ud800',
    'a\udc00',
    ' '.repeat(500),
    'a'.repeat(500),
    '<s>',
    '</s> <unk>',
    '\u{1f468}\u200d\u{1f469}',
  ),
);

/** Either it encodes any text into ids that it decodes into some text, or it is refused with the file's name. */
function worksOrIsRefused(json: unknown, config: unknown, content: string): void {
  const kinds = [TokenizerError, TemplateError];
  const tokenizer = resultOrRefusal(() => Tokenizer.parse(json, config, VOCABULARY), kinds, 'token');
  if (tokenizer === undefined) return;
  const lengths = Array.from({ length: VOCABULARY + 2 }, (_, id) => tokenizer.tokenBytes(id - 1).length);
  expect(Math.max(...lengths)).toBeLessThan(2 ** 20);
  const template = resultOrRefusal(() => packedTemplate(config, tokenizer), kinds, 'token');
  const ids = template && resultOrRefusal(() => template.encode([{ role: 'user', content }]), kinds, 'token');
  if (ids === undefined) return;
  expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < VOCABULARY)).toBe(true);
  const stream = new TextStream(tokenizer);
  const streamed = ids.map((id) => stream.push(id)).join('') + stream.finish();
  expect(streamed).toBe(tokenizer.decode(ids));
  expect(streamed).not.toMatch(LONE_SURROGATE);
}

describe(`a hostile tokenizer.json (seed ${seed})`, () => {
  it('works or is refused where a good one was changed', () => {
    for (const good of [smallSentencePiece(), byteLevel]) {
      worksOrIsRefused(good, CONFIG, 'Hello');
      fc.assert(fc.property(mutated(good), fc.constant(CONFIG), text, worksOrIsRefused), { seed, numRuns });
    }
  });

  it('works or is refused whatever it is', () => {
    fc.assert(fc.property(hostileValue, hostileValue, text, worksOrIsRefused), { seed, numRuns });
  });

  it('works or is refused where tokenizer_config.json was changed', () => {
    const changed = mutated({ ...CONFIG, chat_template: [{ name: 'default', template: 'x' }] });
    const good = smallSentencePiece();
    fc.assert(
      fc.property(changed, text, (config, content) => {
        worksOrIsRefused(good, config, content);
      }),
      { seed, numRuns },
    );
  });

  it.each<[string, Record<string, unknown>]>([
    [
      'a token that decoding would make endless',
      { decoder: { type: 'Sequence', decoders: Array(9).fill(doubling()) } },
    ],
    [
      'more decoding steps than anyone needs',
      { decoder: { type: 'Sequence', decoders: Array(1e5).fill({ type: 'Fuse' }) } },
    ],
    [
      'added tokens that would fill the memory',
      { added_tokens: Array.from({ length: 5000 }, (_, id) => longToken(id)) },
    ],
    ['a token that is a book', { model: { type: 'BPE', vocab: { ['x'.repeat(2000)]: 1 }, merges: [] } }],
  ])('is refused with %s', (_, parts) => {
    expect(() => Tokenizer.parse({ ...smallSentencePiece(), ...parts }, undefined, 10_000)).toThrow(TokenizerError);
  });
});

function doubling() {
  return { type: 'Replace', pattern: { String: 'a' }, content: 'aa' };
}

function longToken(id: number) {
  return { id: id + 1000, content: String(id).padStart(200, 'x') };
}
