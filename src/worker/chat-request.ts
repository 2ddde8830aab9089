import * as v from 'valibot';
import { RequestError } from '../errors';
import { MOST_LOGPROBS } from '../model/sampling-options';
import type { ChatRequest } from './answer-request';
import { answerRequest, checkFields, COMMON, flag, only, whole, type ModelFacts } from './request-fields';

const DEFAULT_MAX_TOKENS = 1024;
const MOST_MESSAGES = 4096;
const MOST_CHARACTERS = 2 ** 20;

const content = v.pipe(
  v.union(
    [v.string(), v.array(v.strictObject({ type: v.literal('text'), text: v.string() }))],
    'must be a string or a list of text parts; nothing but text is supported',
  ),
  v.transform((parts) => (typeof parts === 'string' ? parts : parts.map(({ text }) => text).join(''))),
);

const message = only({
  role: v.picklist(['system', 'user', 'assistant'], 'must be "system", "user" or "assistant"'),
  content,
});

const messages = v.pipe(
  v.array(message, 'must be a list of messages'),
  v.minLength(1, 'must have at least one message'),
  v.maxLength(MOST_MESSAGES, `may have ${MOST_MESSAGES} messages at most`),
  v.check(
    (list) => list.reduce((sum, { content }) => sum + content.length, 0) <= MOST_CHARACTERS,
    `may have ${MOST_CHARACTERS} characters in all at most`,
  ),
);

const schema = only({
  ...COMMON,
  messages,
  max_completion_tokens: COMMON.max_tokens,
  logprobs: flag,
  top_logprobs: whole(0, MOST_LOGPROBS),
});

/**
 * Checks the parameters of `chat.completions.create` and fills in what was left out.
 * @param params as the user gave them, without `signal`; whether the answer is a stream is the page's own affair.
 * @throws RequestError naming the parameter.
 */
export function parseChatRequest(params: unknown, facts: ModelFacts): ChatRequest {
  const fields = checkFields(schema, params);
  const { max_tokens: maxTokens, max_completion_tokens: newerName } = fields;
  if (maxTokens !== undefined && newerName !== undefined && maxTokens !== newerName) {
    throw new RequestError('says another number than max_tokens', { field: 'max_completion_tokens' });
  }
  const { logprobs, top_logprobs: top } = fields;
  if (top !== undefined && !logprobs) {
    throw new RequestError('may be given only where logprobs is true', { field: 'top_logprobs' });
  }
  const common = { ...fields, max_tokens: maxTokens ?? newerName };
  return {
    messages: fields.messages,
    ...answerRequest(common, facts, DEFAULT_MAX_TOKENS, logprobs ? (top ?? 0) : undefined),
  };
}
