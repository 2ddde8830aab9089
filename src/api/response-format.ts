import { RequestError } from './index';
import type { ResponseFormat } from './openai';

/**
 * What the Prompt API calls a response constraint, in the words of `response_format`.
 * @param constraint a regular expression that the whole answer has to match, or the JSON schema that it has to be valid by
 * @throws RequestError for what is neither
 */
export function responseFormat(constraint: RegExp | Record<string, unknown>): ResponseFormat {
  if (constraint instanceof RegExp) return { type: 'regex', pattern: constraint.source, flags: constraint.flags };
  if (typeof (constraint as unknown) === 'object' && (constraint as unknown) !== null) {
    return { type: 'json_schema', json_schema: { name: 'response', schema: constraint } };
  }
  throw new RequestError('must be a regular expression or a JSON schema', { field: 'constraint' });
}
