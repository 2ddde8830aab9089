import { SternaError, TokenizerError } from '../../errors';
import type { TokenSpeller } from './text-stream';
import { bytesOfToken, type Spelling } from './token-bytes';
import { namedTokens } from './tokenizer-config';
import { byteTokens, parseTokenizerFile, type AddedToken, type TokenizerFile } from './tokenizer-json';
import { decodeUtf8 } from './utf8';

/** Names of the files that a tokenizer is read from, for messages. */
export interface TokenizerFileNames {
  tokenizer: string;
  config: string;
}

const FILE_NAMES: TokenizerFileNames = { tokenizer: 'tokenizer.json', config: 'tokenizer_config.json' };
const encoder = new TextEncoder();
const NO_BYTES = new Uint8Array();
const SPACE = 0x20;

/**
 * The tokens of an HF byte-pair tokenizer and what text they stand for: all that decoding needs, without the merges that are most of the
 * file.
 *
 * They are of two kinds. Control tokens (`<|im_end|>`, `<s>`, `<tool_call>`: all that the file adds to the
 * vocabulary but runs of white space and single bytes) come from a chat template alone. All other tokens are text.
 */
export class TokenTable implements TokenSpeller {
  /** Content to id of each control token. */
  readonly controlTokens: ReadonlyMap<string, number>;
  readonly #spelling: Spelling;
  readonly #tokenOfId = new Map<number, string>();
  readonly #addedOfId: ReadonlyMap<number, AddedToken>;

  protected constructor(file: TokenizerFile) {
    const alphabet = byteTokens(file.spelling);
    for (const [token, id] of file.vocabulary) this.#tokenOfId.set(id, token);
    const isText = (token: AddedToken) =>
      (!token.special && /^\p{White_Space}+$/u.test(token.content)) ||
      alphabet.has(this.#tokenOfId.get(token.id) ?? '');
    const control = file.addedTokens.filter((token) => !isText(token));
    this.controlTokens = new Map(control.map(({ content, id }) => [content, id]));
    this.#addedOfId = new Map(file.addedTokens.map((token) => [token.id, token]));
    this.#spelling = file.spelling;
  }

  /**
   * @param tokenizerJson the parsed JSON of `tokenizer.json`; its merges are not looked at.
   * @param tokenizerConfig the parsed JSON of `tokenizer_config.json`, undefined where there is none.
   * @param vocabSize rows of the model's embedding table: no id may reach it.
   * @throws TokenizerError naming file and field of what is missing, wrong or not supported.
   */
  static parse(
    tokenizerJson: unknown,
    tokenizerConfig: unknown,
    vocabSize: number,
    names?: TokenizerFileNames,
  ): TokenTable {
    return fromFiles(tokenizerJson, tokenizerConfig, vocabSize, names, (file) => new TokenTable(file));
  }

  /** The text of the ids, without special tokens; U+FFFD where the bytes are no valid UTF-8. */
  decode(ids: readonly number[]): string {
    const parts = ids.map((id) => this.tokenBytes(id));
    const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let length = 0;
    for (const part of parts) {
      bytes.set(part, length);
      length += part.length;
    }
    return decodeUtf8(this.dropsFirstSpace && bytes[0] === SPACE ? bytes.subarray(1) : bytes);
  }

  /** The bytes of UTF-8 that one token stands for: it may end inside a character. None for special tokens and ids without a token. */
  tokenBytes(id: number): Uint8Array {
    const added = this.#addedOfId.get(id);
    if (added !== undefined && this.controlTokens.has(added.content)) {
      return added.special ? NO_BYTES : encoder.encode(added.content);
    }
    const token = this.#tokenOfId.get(id);
    if (token !== undefined) return bytesOfToken(token, this.#spelling);
    return added === undefined ? NO_BYTES : encoder.encode(added.content);
  }

  /** How one token is shown by itself: its text and bytes, or of a special token the name and null. */
  spell(id: number): { token: string; bytes: number[] | null } {
    const added = this.#addedOfId.get(id);
    if (added?.special === true && this.controlTokens.has(added.content)) return { token: added.content, bytes: null };
    const bytes = this.tokenBytes(id);
    return { token: decodeUtf8(bytes), bytes: [...bytes] };
  }

  /** Whether decoding drops one space at the very start, because encoding puts one there. */
  get dropsFirstSpace(): boolean {
    return this.#spelling.dropsFirstSpace;
  }

  /** What the file says of a token that it adds; undefined for all others. */
  protected addedToken(id: number): AddedToken | undefined {
    return this.#addedOfId.get(id);
  }
}

/** Makes something of a tokenizer's files; whatever is wrong with them becomes a TokenizerError. */
export function fromFiles<Result>(
  tokenizerJson: unknown,
  tokenizerConfig: unknown,
  vocabSize: number,
  names = FILE_NAMES,
  make: (file: TokenizerFile) => Result,
): Result {
  try {
    const file = parseTokenizerFile(tokenizerJson, vocabSize, names.tokenizer);
    addNamedTokens(file, Object.values(namedTokens(tokenizerConfig, names.config)));
    return make(file);
  } catch (cause) {
    if (cause instanceof SternaError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TokenizerError(`cannot be read: ${reason}`, { file: names.tokenizer, cause });
  }
}

/** Counts named tokens that the file has only in its vocabulary among the added ones, as HF does when it loads them. */
function addNamedTokens(file: TokenizerFile, contents: readonly string[]): void {
  for (const content of contents) {
    const id = file.vocabulary.get(content);
    if (id === undefined || file.addedTokens.some((token) => token.id === id)) continue;
    file.addedTokens.push({ id, content, special: true, stripsBefore: false, stripsAfter: false });
  }
}
