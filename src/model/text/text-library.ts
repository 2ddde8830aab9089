import { Tokenizer as Library } from '@huggingface/tokenizers';
import { mergesOf, type TokenizerFile } from './tokenizer-json';

/**
 * The tokenizer library, set up so that it never makes a control token from text: it knows none of them, neither as added
 * token nor in the vocabulary, and no merge leads to one.
 * @param control ids of the control tokens.
 * @param alphabet the tokens that stand for single bytes.
 * @throws TokenizerError naming the merge that is wrong.
 */
export function textLibrary(
  file: TokenizerFile,
  control: ReadonlySet<number>,
  alphabet: ReadonlyMap<string, number>,
): Library {
  // Where every byte has a token, nothing is unknown.
  const unknown = coversBytes(file.vocabulary, alphabet) ? null : file.unknownToken;
  const vocabulary = new Map(
    Array.from(file.vocabulary).filter(([token, id]) => !control.has(id) || token === unknown),
  );
  const merges = mergesOf(file).filter((pair) => vocabulary.has(pair.join('')) && pair.join('') !== unknown);
  const model = {
    type: 'BPE',
    vocab: Object.fromEntries(vocabulary),
    merges,
    unk_token: unknown,
    fuse_unk: unknown !== null && file.fusesUnknown,
    byte_fallback: file.spelling.byteFallback,
    ignore_merges: file.ignoresMerges,
  };
  const { normalizer, preTokenizer } = file;
  const parts = {
    added_tokens: [],
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: null,
    model,
  };
  return new Library(parts, {});
}

/** Whether the vocabulary has a token for each byte that occurs in UTF-8. */
function coversBytes(vocabulary: ReadonlyMap<string, number>, alphabet: ReadonlyMap<string, number>): boolean {
  const needed = Array.from(alphabet).filter(([, byte]) => byte < 0xc0 || (byte > 0xc1 && byte < 0xf5));
  return needed.length > 0 && needed.every(([token]) => vocabulary.has(token));
}
