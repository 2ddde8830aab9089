import type { SampledToken } from '../worker/chat';
import type { Shape } from './answer-shape';
import type { ChatCompletionChoice, ChatCompletionChunkChoice } from './openai';

/** Answers of a chat: a streamed one begins with its role. */
export const CHAT_SHAPE: Shape<
  ChatCompletionChoice,
  ChatCompletionChunkChoice,
  'chat.completion',
  'chat.completion.chunk'
> = {
  id: 'chatcmpl',
  object: 'chat.completion',
  chunk: 'chat.completion.chunk',
  whole: ({ index, text, reason, tokens }) => ({
    index,
    message: { role: 'assistant', content: text, refusal: null },
    finish_reason: reason,
    logprobs: logprobs(tokens),
  }),
  piece: (event) => ({
    index: event.index,
    delta: event.kind === 'text' ? { content: event.text } : {},
    finish_reason: event.kind === 'text' ? null : event.reason,
    logprobs: logprobs(event.tokens),
  }),
  begin: (index) => [{ index, delta: { role: 'assistant', content: '' }, finish_reason: null, logprobs: null }],
};

function logprobs(tokens: SampledToken[] | undefined) {
  return tokens === undefined ? null : { content: tokens, refusal: null };
}
