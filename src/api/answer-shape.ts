import type { AnswerEvent } from '../worker/answers';
import type { ChatUsage, FinishReason, SampledToken } from '../worker/chat';
import type { StreamReader } from '../worker/wire/stream';
import type { ChatCompletionStreamOptions, CompletionUsage } from './openai';

/** How OpenAI shapes one kind of answers. */
export interface Shape<Choice, Piece, Name extends string = string, ChunkName extends string = string> {
  /** What ids begin with. */
  id: string;
  /** Names of a whole answer and of a chunk. */
  object: Name;
  chunk: ChunkName;
  whole(answer: WholeAnswer): Choice;
  piece(event: AnswerEvent): Piece;
  /** The pieces with which a streamed choice begins. */
  begin(index: number): Piece[];
}

/** All events of one choice together. */
export interface WholeAnswer {
  index: number;
  text: string;
  reason: FinishReason;
  tokens?: SampledToken[];
}

/** Those of a request's parameters that decide how its answers are given. */
interface StreamParams {
  stream?: boolean | null;
  stream_options?: ChatCompletionStreamOptions | null;
}

/** What all parts of the answers to one request have in common. */
interface Head {
  id: string;
  /** Seconds since 1970. */
  created: number;
  model: string;
}

/** The whole answers, or with `stream` their chunks as they come. @param model name of the pack */
export function shaped<Choice, Piece, Name extends string, ChunkName extends string>(
  events: StreamReader<AnswerEvent>,
  shape: Shape<Choice, Piece, Name, ChunkName>,
  { stream, stream_options: options }: StreamParams,
  model: string,
) {
  const head = { id: `${shape.id}-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
  if (stream !== true) return wholeAnswers(events, shape, head);
  const chunks = generateChunks(events, shape, head, options?.include_usage === true);
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

/** With `usageApart` usage follows in a chunk of its own, which has no choices; else it is in the last chunk. */
async function* generateChunks<Piece, ChunkName extends string>(
  events: StreamReader<AnswerEvent>,
  shape: Shape<unknown, Piece, string, ChunkName>,
  head: Head,
  usageApart: boolean,
) {
  const chunk = (choices: Piece[], usage: CompletionUsage | null = null) => ({
    ...head,
    object: shape.chunk,
    choices,
    usage,
  });
  let begun = 0;
  const begin = () => shape.begin(begun++).map((piece) => chunk([piece]));
  yield* begin();
  for await (const event of events) {
    if (event.index === begun) yield* begin();
    const choices = [shape.piece(event)];
    const usage = event.kind === 'end' && event.usage !== undefined ? completionUsage(event.usage) : null;
    if (usage === null || usageApart) yield chunk(choices);
    if (usage !== null) yield chunk(usageApart ? [] : choices, usage);
  }
}

async function wholeAnswers<Choice, Name extends string>(
  events: StreamReader<AnswerEvent>,
  shape: Shape<Choice, unknown, Name>,
  head: Head,
) {
  const answers: WholeAnswer[] = [];
  for await (const event of events) {
    const answer = (answers[event.index] ??= { index: event.index, text: '', reason: 'stop' });
    if (event.tokens !== undefined) (answer.tokens ??= []).push(...event.tokens);
    if (event.kind === 'text') {
      answer.text += event.text;
      continue;
    }
    answer.reason = event.reason;
    if (event.usage === undefined) continue;
    const choices = answers.map((one) => shape.whole(one));
    return { ...head, object: shape.object, choices, usage: completionUsage(event.usage) };
  }
  throw new TypeError('an answer ended without its last event');
}

export function completionUsage(usage: ChatUsage): CompletionUsage {
  const { promptTokens, cachedTokens, completionTokens, decodedTokens } = usage;
  const perSecond = (count: number, milliseconds: number) =>
    count > 0 && milliseconds > 0 ? (count / milliseconds) * 1000 : 0;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    extra: {
      time_to_first_token_ms: usage.firstTokenTime,
      prefill_tokens_per_second: perSecond(promptTokens - cachedTokens, usage.prefillTime),
      decode_tokens_per_second: perSecond(decodedTokens, usage.decodeTime),
    },
  };
}
