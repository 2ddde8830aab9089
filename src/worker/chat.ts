import type { GenerationOptions } from '../model/generation-options';
import type { ChatMessage } from '../model/text/chat-message';
import type { TokenDecoder } from '../model/text/text-stream';
import { AnswerText } from './answer-text';
import type { DeviceSession } from './device-session';
import type { GrammarSource } from './grammar-source';
import { LastingGeneration } from './lasting-generation';
import type { Constraints } from './constraints';
import type { PromptEncoder } from './prompt-encoder';
import { chatTokenizer, type TextModel } from './text-model';

/** A conversation to be answered. */
export interface ChatRequest {
  messages: ChatMessage[];
  options: GenerationOptions;
  /** Strings that end the answer and are no part of it. */
  stop: string[];
  /** What the answer has to be; any text if left out. */
  grammar: GrammarSource | undefined;
}

/** What an answer took. Times are in milliseconds and begin when the request's turn comes. */
export interface ChatUsage {
  promptTokens: number;
  /** Those of the prompt that needed no work, because an earlier text began with them. */
  cachedTokens: number;
  /** Sampled tokens, the end token included. */
  completionTokens: number;
  /** To the first sampled token. */
  prefillTime: number;
  /** From there to the last. */
  decodeTime: number;
}

/** A piece of the answer's text, or as the last event how it ended. */
export type ChatEvent = { kind: 'text'; text: string } | { kind: 'end'; reason: 'stop' | 'length'; usage: ChatUsage };

/** A request as the model takes it. */
export interface PreparedChat {
  prompt: number[];
  options: GenerationOptions;
  stop: string[];
  tokenizer: TokenDecoder;
}

/**
 * @throws TokenizerError where the model cannot chat, TemplateError where its template refuses the messages, RequestError
 * for a grammar that is wrong or not supported; the signal's reason when aborted.
 */
export async function prepareChat(
  { messages, options, stop, grammar }: ChatRequest,
  text: TextModel | undefined,
  prompts: PromptEncoder,
  constraints: Constraints,
  signal: AbortSignal,
): Promise<PreparedChat> {
  const tokenizer = chatTokenizer(text);
  const allowed = grammar && (await constraints.begin(grammar, tokenizer, signal));
  const prompt = await prompts.encode(messages, signal);
  return { prompt, options: { ...options, allowed }, stop, tokenizer };
}

/** Answers a prepared request. However it ends, the model is free again afterwards and keeps the state of what was said. */
export async function* answerChat(
  session: Pick<DeviceSession, 'run'>,
  { prompt, options, stop, tokenizer }: PreparedChat,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const startedAt = performance.now();
  const generation = await LastingGeneration.begin(session, prompt, options, signal);
  const decodeStartedAt = performance.now();
  const answer = new AnswerText(tokenizer, stop, options.stopTokenIds);
  try {
    while (!answer.hasEnded) {
      signal.throwIfAborted();
      const ids = await generation.next();
      if (ids.length === 0) break;
      const text = answer.push(ids);
      if (text !== '') yield { kind: 'text', text };
    }
    const rest = answer.finish();
    if (rest !== '') yield { kind: 'text', text: rest };
  } finally {
    await generation.end(answer.keptTokens);
  }
  yield {
    kind: 'end',
    reason: answer.hasEnded ? 'stop' : 'length',
    usage: {
      promptTokens: generation.promptTokens,
      cachedTokens: generation.cachedTokens,
      completionTokens: answer.tokens,
      prefillTime: decodeStartedAt - startedAt,
      decodeTime: performance.now() - decodeStartedAt,
    },
  };
}
