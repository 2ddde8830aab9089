import * as v from 'valibot';
import { RequestError } from '../errors';
import { MOST_BIASES } from '../model/sampling-options';
import type { AnswerRequest } from './answer-request';
import type { EngineInfo } from './runtime';

const MOST_TOKENS = 2 ** 24;
const MOST_CHOICES = 128;
const MOST_STOPS = 16;
const LONGEST_STOP = 256;
const MOST_BIAS = 100;

/** What a request's defaults and bounds hang on. */
export type ModelFacts = Pick<EngineInfo, 'config' | 'defaults'>;

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Entries with a value: null means the same as leaving a parameter out. */
function present(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value as object).filter(([, entry]) => entry !== null && entry !== undefined),
  );
}

/** The entries of an object, and no others; null is as good as nothing. */
export function only<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.unknown(),
    v.transform(present),
    v.strictObject(entries, ({ expected, received }) =>
      expected === 'never' ? 'is not supported' : received === 'undefined' ? 'is missing' : 'must be an object',
    ),
  );
}

const number = (low: number, high: number) => {
  const message = `must be a number from ${low} to ${high}`;
  return v.optional(v.pipe(v.number(message), v.minValue(low, message), v.maxValue(high, message)));
};

export const whole = (low: number, high: number) => {
  const message = `must be a whole number from ${low} to ${high}`;
  return v.optional(v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message)));
};

const numberAbove0 = (high: number, hint = '') => {
  const message = `must be a number above 0, up to ${high}${hint}`;
  return v.optional(v.pipe(v.number(message), v.gtValue(0, message), v.maxValue(high, message)));
};

export const flag = v.optional(v.boolean('must be true or false'), false);

const stopString = v.pipe(
  v.string('must be a string'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(LONGEST_STOP, `may have ${LONGEST_STOP} characters at most`),
  v.check((text) => !/\p{Surrogate}/u.test(text), 'has half a character (a lone surrogate)'),
);

const oneStop = v.pipe(
  stopString,
  v.transform((stop) => [stop]),
);
const stopList = v.pipe(
  v.array(stopString, 'must be a string or a list of strings'),
  v.maxLength(MOST_STOPS, `may have ${MOST_STOPS} strings at most`),
);

/** Parameters that all requests have in common. */
export const COMMON = {
  model: v.optional(v.string('must be a string')),
  n: whole(1, MOST_CHOICES),
  max_tokens: whole(1, MOST_TOKENS),
  temperature: number(0, 2),
  top_p: numberAbove0(1, '; for the likeliest token alone set temperature to 0'),
  top_k: whole(0, 2 ** 20),
  min_p: number(0, 1),
  presence_penalty: number(-2, 2),
  frequency_penalty: number(-2, 2),
  repetition_penalty: numberAbove0(10),
  logit_bias: v.optional(
    v.custom<Record<string, unknown>>(isRecord, 'must be an object of token ids and their biases'),
    {},
  ),
  seed: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  stop: v.optional(
    v.lazy((input) => (typeof input === 'string' ? oneStop : stopList)),
    [],
  ),
  stream: flag,
  stream_options: v.optional(only({ include_usage: flag })),
};

type CommonFields = v.InferOutput<ReturnType<typeof only<typeof COMMON>>>;

/**
 * Fills in what was left out: from the pack's `generation_config.json`, else with what turns a thing off.
 * @param maxTokens where the request says none
 * @param topLogprobs likeliest tokens to give log probabilities of; undefined for none at all
 */
export function answerRequest(
  fields: CommonFields,
  { config, defaults }: ModelFacts,
  maxTokens: number,
  topLogprobs: number | undefined,
): AnswerRequest {
  if (fields.stream_options !== undefined && !fields.stream) {
    throw new RequestError('may be given only where stream is true', { field: 'stream_options' });
  }
  return {
    stop: fields.stop,
    choices: fields.n ?? 1,
    options: {
      maxTokens: fields.max_tokens ?? maxTokens,
      stopTokenIds: defaults.eosTokenIds ?? config.eosTokenIds,
      temperature: fields.temperature ?? (defaults.doSample === false ? 0 : (defaults.temperature ?? 1)),
      topK: fields.top_k ?? defaults.topK ?? 0,
      topP: fields.top_p ?? defaults.topP ?? 1,
      minP: fields.min_p ?? defaults.minP ?? 0,
      repetitionPenalty: fields.repetition_penalty ?? defaults.repetitionPenalty ?? 1,
      presencePenalty: fields.presence_penalty ?? 0,
      frequencyPenalty: fields.frequency_penalty ?? 0,
      logitBias: biasesOf(fields.logit_bias, config.vocabSize),
      ...(topLogprobs === undefined ? {} : { topLogprobs }),
      // The low 32 bits, whatever the sign.
      seed: fields.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0] : fields.seed >>> 0,
    },
  };
}

/** Entries are looked at one by one, as a schema would pass over some names. */
function biasesOf(given: Record<string, unknown>, vocabSize: number): [id: number, bias: number][] {
  const entries = Object.entries(given);
  if (entries.length > MOST_BIASES) {
    throw new RequestError(`may have ${MOST_BIASES} entries at most`, { field: 'logit_bias' });
  }
  return entries.map(([token, bias]) => {
    const id = Number(token);
    const field = `logit_bias.${token}`;
    if (String(id) !== token || !Number.isInteger(id) || id < 0 || id >= vocabSize) {
      throw new RequestError(`is no token id, a whole number below ${vocabSize}`, { field });
    }
    if (typeof bias !== 'number' || !(Math.abs(bias) <= MOST_BIAS)) {
      throw new RequestError(`must be a number from ${-MOST_BIAS} to ${MOST_BIAS}`, { field });
    }
    return [id, bias];
  });
}

/** @throws RequestError whose `field` names the parameter that is wrong, unknown or not supported, as `messages[2].content`. */
export function checkFields<Schema extends v.GenericSchema>(schema: Schema, params: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, params, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  throw new RequestError(issue.message, field === '' ? {} : { field });
}
