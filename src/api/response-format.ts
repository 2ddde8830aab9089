import { RequestError } from './index';
import type { ResponseFormat } from './openai';

/**
 * What the Prompt API calls a response constraint, in the words of `response_format`.
 * @param constraint a regular expression that the whole answer has to match, or the JSON schema that it has to be valid by
 * @throws RequestError for what is neither
 */
export function responseFormat(constraint: RegExp | Record<string, unknown>): ResponseFormat {
  if (isRegExp(constraint)) return { type: 'regex', pattern: constraint.source, flags: constraint.flags };
  if (typeof (constraint as unknown) === 'object' && (constraint as unknown) !== null) {
    return { type: 'json_schema', json_schema: { name: 'response', schema: constraint } };
  }
  throw new RequestError('must be a regular expression or a JSON schema', { field: 'constraint' });
}

/** One of another frame is no instance of this one's class, and would else be a schema that allows everything. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}
