import * as v from 'valibot';
import { RequestError } from '../errors';
import type { TextRequest } from './answer-request';
import { answerRequest, checkFields, COMMON, flag, only, whole, type ModelFacts } from './request-fields';

/** As OpenAI's. */
const DEFAULT_MAX_TOKENS = 16;
/** As OpenAI's. */
const MOST_LOGPROBS = 5;
const MOST_PROMPTS = 2048;
/** Of all prompts together. */
const LONGEST = 2 ** 20;

const promptOf = (vocabSize: number) => {
  const message = `must be a token id, a whole number below ${vocabSize}`;
  const id = v.pipe(v.number(message), v.integer(message), v.minValue(0, message), v.maxValue(vocabSize - 1, message));
  const list = 'must be a string, a list of strings, a list of token ids or a list of such lists';
  const oneOf = (input: unknown) => (typeof input === 'string' ? v.string() : v.array(id, list));
  const several = v.array(v.lazy(oneOf), list);
  const isOne = (input: unknown) => !Array.isArray(input) || typeof input[0] === 'number';
  const one = v.pipe(
    v.lazy(oneOf),
    v.transform((prompt) => [prompt]),
  );
  return v.pipe(
    v.lazy((input) => (isOne(input) ? one : several)),
    v.minLength(1, 'must have at least one prompt'),
    v.maxLength(MOST_PROMPTS, `may have ${MOST_PROMPTS} prompts at most`),
    v.check(
      (all) => all.reduce((sum, { length }) => sum + length, 0) <= LONGEST,
      `may have ${LONGEST} characters or token ids in all at most`,
    ),
  );
};

/**
 * Checks the parameters of `completions.create` and fills in what was left out.
 * @param params as the user gave them, without `signal`; whether the answer is a stream is the page's own affair.
 * @throws RequestError naming the parameter.
 */
export function parseTextRequest(params: unknown, facts: ModelFacts): TextRequest {
  const schema = only({
    ...COMMON,
    prompt: promptOf(facts.config.vocabSize),
    echo: flag,
    logprobs: whole(0, MOST_LOGPROBS),
  });
  const fields = checkFields(schema, params);
  const { prompt: prompts, echo, logprobs } = fields;
  if (echo && logprobs !== undefined) {
    throw new RequestError('is not supported together with logprobs', { field: 'echo' });
  }
  return { prompts, echo, ...answerRequest(fields, facts, DEFAULT_MAX_TOKENS, logprobs) };
}
