import { RequestError } from '../errors';
import type { ChatMessage } from '../model/text/chat-message';
import type { ChatRequest } from '../worker/chat';
import type { EngineInfo } from '../worker/runtime';
import type { ChatCompletionCreateParamsBase, ChatCompletionMessageParam } from './openai';
import { parseChatRequest } from './request';

/** Parameters of `chat.completions.create` that sessions do not take. */
const FOREIGN = ['messages', 'model', 'n', 'stream', 'stream_options'] as const;

/** How a session's answers are generated: parameters of `chat.completions.create`. */
export type SessionParams = Omit<ChatCompletionCreateParamsBase, (typeof FOREIGN)[number] | 'signal'>;

/** What is said to a session: the user's words, or messages. */
export type SessionInput = string | ChatCompletionMessageParam[];

type Info = Pick<EngineInfo, 'config' | 'defaults'>;

/** The messages of an input and how they are to be answered. @throws RequestError naming what is wrong. */
export function parseSessionRequest(input: unknown, params: object, info: Info): ChatRequest {
  const foreign = FOREIGN.find((name) => name in params);
  if (foreign !== undefined) throw new RequestError('is not for sessions', { field: foreign });
  const messages = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const { options, stop, messages: parsed } = parseChatRequest({ ...params, messages }, info);
  return { messages: parsed, options, stop };
}

/** The messages of an input. @throws RequestError naming what is wrong. */
export function parseMessages(input: unknown, info: Info): ChatMessage[] {
  return parseSessionRequest(input, {}, info).messages;
}
