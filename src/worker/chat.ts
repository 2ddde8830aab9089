import type { GenerationOptions } from '../model/generation-options';
import type { OwnStates } from '../model/own-states';
import type { SampledLogprob, TokenLogprob } from '../model/sampling-options';
import type { TokenSpeller } from '../model/text/text-stream';
import { AnswerText } from './answer-text';
import type { DeviceSession } from './device-session';
import { LastingGeneration } from './lasting-generation';

/** What an answer took. Times are in milliseconds and begin when the request's turn comes. */
export interface ChatUsage {
  promptTokens: number;
  /** Those of the prompt that needed no work, because an earlier text began with them. */
  cachedTokens: number;
  /** Sampled tokens, the end token included. */
  completionTokens: number;
  /** To the first sampled token. */
  firstTokenTime: number;
  /** That prompts took, of several together. */
  prefillTime: number;
  /** Those of the sampled tokens that were not the first of an answer, and the time they took. */
  decodedTokens: number;
  decodeTime: number;
}

/** What nothing takes. */
export const NO_WORK: ChatUsage = {
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  firstTokenTime: 0,
  prefillTime: 0,
  decodedTokens: 0,
  decodeTime: 0,
};

/** Why an answer ended: by itself or at a stop string ("stop"), or at the most tokens it may have ("length"). */
export type FinishReason = 'stop' | 'length';

/** A token that the model weighed. */
export interface WeighedToken {
  /** Its text, with U+FFFD for a part of a character; for a control token its name. */
  token: string;
  /** Its bytes of UTF-8; null for a control token. */
  bytes: number[] | null;
  /** The natural logarithm of its probability, before bias, penalties, temperature and cuts. */
  logprob: number;
}

/** A sampled token, and the likeliest ones at its place. */
export interface SampledToken extends WeighedToken {
  /** As many as were asked for. */
  top_logprobs: WeighedToken[];
}

/**
 * A piece of the answer's text, or as the last event how it ended. Where log probabilities are asked for, `tokens` are
 * those whose text is complete with this event.
 */
export type ChatEvent = { tokens?: SampledToken[] } & (
  { kind: 'text'; text: string } | { kind: 'end'; reason: FinishReason; usage: ChatUsage }
);

/** One answer as the model takes it. */
export interface PreparedChat {
  prompt: number[];
  options: GenerationOptions;
  /** Strings that end the answer and are no part of it. */
  stop: string[];
  tokenizer: TokenSpeller;
  /** Of the session that it belongs to. */
  own?: OwnStates;
}

/** Answers a prompt. However it ends, the model is free again afterwards and keeps the state of what was said. */
export async function* answerChat(
  session: Pick<DeviceSession, 'run'>,
  { prompt, options, stop, tokenizer, own }: PreparedChat,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const startedAt = performance.now();
  const generation = await LastingGeneration.begin(session, prompt, options, signal, own);
  const decodeStartedAt = performance.now();
  const answer = new AnswerText(tokenizer, stop, options.stopTokenIds);
  const spelled = ({ id, logprob }: TokenLogprob) => ({ ...tokenizer.spell(id), logprob });
  let told = 0;
  const news = () => {
    if (options.topLogprobs === undefined) return {};
    const fresh = generation.logprobs.slice(told, answer.shownTokens);
    told = answer.shownTokens;
    return {
      tokens: fresh.map((token: SampledLogprob) => ({ ...spelled(token), top_logprobs: token.top.map(spelled) })),
    };
  };
  try {
    while (!answer.hasEnded) {
      signal.throwIfAborted();
      const ids = await generation.next();
      if (ids.length === 0) break;
      const text = answer.push(ids);
      if (text !== '') yield { kind: 'text', text, ...news() };
    }
    const rest = answer.finish();
    if (rest !== '') yield { kind: 'text', text: rest, ...news() };
  } finally {
    await generation.end(answer.keptTokens);
  }
  yield {
    ...news(),
    kind: 'end',
    reason: answer.hasEnded ? 'stop' : 'length',
    usage: {
      promptTokens: generation.promptTokens,
      cachedTokens: generation.cachedTokens,
      completionTokens: answer.tokens,
      firstTokenTime: decodeStartedAt - startedAt,
      prefillTime: decodeStartedAt - startedAt,
      decodedTokens: Math.max(answer.tokens - 1, 0),
      decodeTime: performance.now() - decodeStartedAt,
    },
  };
}
