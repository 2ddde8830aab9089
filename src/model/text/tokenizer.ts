import type { Tokenizer as Library } from '@huggingface/tokenizers';
import type { Frame } from './post-processor';
import { textLibrary } from './text-library';
import { TokenMatcher } from './token-matcher';
import { fromFiles, TokenTable } from './token-table';
import { byteTokens, type TokenizerFile } from './tokenizer-json';

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Text to token ids and back, by an HF byte-pair tokenizer. */
export class Tokenizer extends TokenTable {
  readonly #library: Library;
  readonly #textTokens: TokenMatcher;
  readonly #frame: Frame;

  private constructor(file: TokenizerFile) {
    super(file);
    this.#frame = file.frame;
    const textual = file.addedTokens.filter(({ content }) => !this.controlTokens.has(content));
    this.#textTokens = new TokenMatcher(textual.map(({ content, id }) => [content, id]));
    this.#library = textLibrary(file, new Set(this.controlTokens.values()), byteTokens(file.spelling));
  }

  /** As `TokenTable.parse`, the merges too. @throws TokenizerError */
  static override parse(...[json, config, vocabSize, names]: Parameters<typeof TokenTable.parse>): Tokenizer {
    return fromFiles(json, config, vocabSize, names, (file) => new Tokenizer(file));
  }

  /** The ids of a text. Never a control token, whatever the text says; a lone surrogate counts as U+FFFD. */
  encodeText(text: string): number[] {
    return this.#encode([text]);
  }

  /** As `encodeText`, with the control tokens that the tokenizer puts around a text, such as one that begins it. */
  encodeWhole(text: string): number[] {
    return this.#frame.flatMap((token) =>
      token === undefined ? this.encodeText(text) : (this.controlTokens.get(token) ?? []),
    );
  }

  /** The ids of a rendered chat template: ids of control tokens, and the texts between them. */
  encodeTemplate(segments: readonly (string | number)[]): number[] {
    const strips = (neighbour: string | number | undefined, side: 'stripsBefore' | 'stripsAfter') =>
      typeof neighbour === 'number' && this.addedToken(neighbour)?.[side] === true;
    return this.#encode(
      segments.map((segment, index) => {
        if (typeof segment === 'number') return segment;
        const text = strips(segments[index - 1], 'stripsAfter') ? segment.trimStart() : segment;
        return strips(segments[index + 1], 'stripsBefore') ? text.trimEnd() : text;
      }),
    );
  }

  #encode(segments: readonly (string | number)[]): number[] {
    const sections = segments.flatMap((segment) =>
      typeof segment === 'number' ? segment : this.#textTokens.split(segment.replace(LONE_SURROGATE, '\uFFFD')),
    );
    return sections.flatMap((section, index) => (typeof section === 'number' ? section : this.#merge(section, index)));
  }

  /** @param index of the section among all: some pre-tokenizers treat the first one differently. */
  #merge(section: string, index: number): number[] {
    const { normalizer, pre_tokenizer: preTokenizer, model } = this.#library;
    const text = normalizer?.normalize(section) ?? section;
    const words = preTokenizer?.pre_tokenize(text, { section_index: index }) ?? [text];
    return (model?.(words) ?? []).flatMap((token) => model?.tokens_to_ids.get(token) ?? []);
  }
}
