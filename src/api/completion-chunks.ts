import type { ChatEvent, ChatUsage } from '../worker/chat';
import type { StreamReader } from '../worker/wire/stream';
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage, FinishReason } from './openai';

/** What all parts of one answer have in common. */
export interface AnswerHead {
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** Name of the pack. */
  model: string;
}

export function newHead(model: string): AnswerHead {
  return { id: `chatcmpl-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
}

/**
 * An answer as OpenAI streams it: a chunk with the role, one for each piece of text, one with the reason of the end and
 * `usage`; with `usageApart` that follows in a chunk of its own, which has no choices.
 */
export function completionChunks(
  events: StreamReader<ChatEvent>,
  head: AnswerHead,
  usageApart: boolean,
): StreamReader<ChatCompletionChunk> {
  const chunks = generateChunks(events, head, usageApart);
  return {
    next: () => chunks.next(),
    async return() {
      // A generator that was not begun would not end what it reads from.
      await events.return();
      return chunks.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* generateChunks(
  events: StreamReader<ChatEvent>,
  head: AnswerHead,
  usageApart: boolean,
): AsyncGenerator<ChatCompletionChunk, undefined, undefined> {
  const chunk = (
    delta: { role?: 'assistant'; content?: string },
    finishReason: FinishReason | null = null,
  ): ChatCompletionChunk => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
    usage: null,
  });
  yield chunk({ role: 'assistant', content: '' });
  for await (const event of events) {
    if (event.kind === 'text') {
      yield chunk({ content: event.text });
      continue;
    }
    const usage = completionUsage(event.usage);
    const last = chunk({}, event.reason);
    if (usageApart) {
      yield last;
      yield { ...last, choices: [], usage };
    } else {
      yield { ...last, usage };
    }
  }
}

/** A whole answer, from all its events. */
export async function wholeCompletion(events: StreamReader<ChatEvent>, head: AnswerHead): Promise<ChatCompletion> {
  let content = '';
  for await (const event of events) {
    if (event.kind === 'text') {
      content += event.text;
      continue;
    }
    return {
      ...head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content, refusal: null },
          finish_reason: event.reason,
          logprobs: null,
        },
      ],
      usage: completionUsage(event.usage),
    };
  }
  throw new TypeError('an answer ended without its last event');
}

export function completionUsage(usage: ChatUsage): CompletionUsage {
  const { promptTokens, cachedTokens, completionTokens, prefillTime, decodeTime } = usage;
  const perSecond = (count: number, milliseconds: number) =>
    count > 0 && milliseconds > 0 ? (count / milliseconds) * 1000 : 0;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    extra: {
      time_to_first_token_ms: prefillTime,
      prefill_tokens_per_second: perSecond(promptTokens - cachedTokens, prefillTime),
      decode_tokens_per_second: perSecond(completionTokens - 1, decodeTime),
    },
  };
}
