import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../../../src/model/text/tokenizer';

const special = (id: number, content: string) => ({ id, content, special: true });
const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const text = { Sequence: { id: 'A', type_id: 0 } };
const pair = [text, { Sequence: { id: 'B', type_id: 1 } }];
const template = (...single: object[]) => ({
  type: 'TemplateProcessing',
  single,
  pair,
  special_tokens: { '<s>': { id: '<s>', ids: [2], tokens: ['<s>'] } },
});
const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true };

function encode(postProcessor: unknown): number[] {
  const json = {
    added_tokens: [special(2, '<s>'), special(3, '</s>')],
    post_processor: postProcessor,
    decoder: { type: 'Fuse' },
    model: { type: 'BPE', vocab: { a: 0, b: 1, '<s>': 2, '</s>': 3 }, merges: [] },
  };
  const tokenizer = Tokenizer.parse(json, undefined, 4);
  expect(tokenizer.encodeText('ab')).toEqual([0, 1]);
  return tokenizer.encodeWhole('ab');
}

describe('a text that is encoded for itself', () => {
  test.each<[what: string, postProcessor: unknown, ids: number[]]>([
    ['no post-processor', undefined, [0, 1]],
    ['null', null, [0, 1]],
    ['one without tokens', byteLevel, [0, 1]],
    ['a token that begins', template(token('<s>'), text), [2, 0, 1]],
    ['tokens on both sides', template(token('<s>'), text, token('</s>')), [2, 0, 1, 3]],
    ['a sequence', { type: 'Sequence', processors: [byteLevel, template(token('<s>'), text)] }, [2, 0, 1]],
    ['a sequence without tokens', { type: 'Sequence', processors: [byteLevel] }, [0, 1]],
    ['a token that there is not', template(token('<bos>'), text), [0, 1]],
    ['what is none', { type: 'TemplateProcessing', single: 7 }, [0, 1]],
  ])('has what the tokenizer puts around it: %s', (_, postProcessor, ids) => {
    expect(encode(postProcessor)).toEqual(ids);
  });
});
