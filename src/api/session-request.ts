import type { ChatMessage } from '../model/text/chat-message';
import type { ChatCompletionCreateParamsBase, ChatCompletionMessageParam } from './openai';

/** How a session's answers are generated: parameters of `chat.completions.create`. */
export type SessionParams = Omit<
  ChatCompletionCreateParamsBase,
  'messages' | 'model' | 'n' | 'stream' | 'stream_options' | 'logprobs' | 'top_logprobs' | 'signal'
>;

/** What is said to a session: the user's words, or messages. */
export type SessionInput = string | ChatCompletionMessageParam[];

/** An input as messages; the worker checks them. */
export function asMessages(input: SessionInput): ChatCompletionMessageParam[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : input;
}

/** Messages that the worker has found to be right, with their texts joined. */
export function joinedMessages(messages: readonly ChatCompletionMessageParam[]): ChatMessage[] {
  return messages.map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  }));
}
