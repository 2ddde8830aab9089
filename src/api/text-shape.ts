import type { AnswerEvent } from '../worker/answers';
import type { SampledToken } from '../worker/chat';
import type { Shape, WholeAnswer } from './answer-shape';
import type { CompletionChoice, CompletionChunkChoice, CompletionLogprobs } from './openai-texts';

/** What goes on from texts. One for each request, as it counts characters from one event to the next. */
export class TextShape implements Shape<CompletionChoice, CompletionChunkChoice, 'text_completion', 'text_completion'> {
  readonly id = 'cmpl';
  readonly object = 'text_completion';
  readonly chunk = 'text_completion';
  #index = 0;
  #offset = 0;
  #decoder = new TextDecoder();

  whole({ index, text, reason, tokens }: WholeAnswer): CompletionChoice {
    return { index, text, finish_reason: reason, logprobs: this.#logprobs(index, tokens) };
  }

  piece(event: AnswerEvent): CompletionChunkChoice {
    const { index, tokens } = event;
    const logprobs = this.#logprobs(index, tokens);
    return event.kind === 'text'
      ? { index, text: event.text, finish_reason: null, logprobs }
      : { index, text: '', finish_reason: event.reason, logprobs };
  }

  begin(): [] {
    return [];
  }

  #logprobs(index: number, tokens: SampledToken[] | undefined): CompletionLogprobs | null {
    if (tokens === undefined) return null;
    if (index !== this.#index) {
      [this.#index, this.#offset, this.#decoder] = [index, 0, new TextDecoder()];
    }
    return {
      tokens: tokens.map(({ token }) => token),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      // The likeliest last: of tokens that are spelled alike it is the one that stays.
      top_logprobs: tokens.map((chosen) =>
        Object.fromEntries([chosen, ...chosen.top_logprobs.toReversed()].map(({ token, logprob }) => [token, logprob])),
      ),
      text_offset: tokens.map(({ bytes }) => {
        const offset = this.#offset;
        this.#offset += this.#decoder.decode(Uint8Array.from(bytes ?? []), { stream: true }).length;
        return offset;
      }),
    };
  }
}
