import { TextStream, type TokenDecoder } from '../model/text/text-stream';

/** The text of one answer as its tokens come, up to its end token or its first stop string. */
export class AnswerText {
  readonly #text: TextStream;
  readonly #endTokens: ReadonlySet<number>;
  #tokens = 0;
  #hasEnded = false;

  constructor(decoder: TokenDecoder, stopStrings: readonly string[], endTokens: readonly number[]) {
    this.#text = new TextStream(decoder, stopStrings);
    this.#endTokens = new Set(endTokens);
  }

  /** Whether the answer has come to its own end; tokens after that do not belong to it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Tokens that belong to the answer, the end token and those of a stop string included. */
  get tokens(): number {
    return this.#tokens;
  }

  /** How many tokens at the start make the text that was given out: from there a next turn can go on. */
  get keptTokens(): number {
    return this.#text.match?.keptTokens ?? this.#tokens;
  }

  /** How many tokens at the start have all their text given out by now; an end token has none. */
  get shownTokens(): number {
    return this.#text.settledTokens;
  }

  /** Takes the next tokens; the text that can be shown now. */
  push(ids: readonly number[]): string {
    let fresh = '';
    for (const id of ids) {
      if (this.#hasEnded) break;
      this.#tokens++;
      const isEnd = this.#endTokens.has(id);
      if (!isEnd) fresh += this.#text.push(id);
      this.#hasEnded = isEnd || this.#text.match !== undefined;
    }
    return fresh;
  }

  /** The text that was held back while more could come. */
  finish(): string {
    return this.#text.finish();
  }
}
