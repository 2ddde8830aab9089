import * as v from 'valibot';
import { RequestError } from '../errors';
import type { ChatRequest } from './chat';
import { responseFormat } from './response-format';
import type { EngineInfo } from './runtime';

const DEFAULT_MAX_TOKENS = 1024;
const MOST_TOKENS = 2 ** 24;
const MOST_MESSAGES = 4096;
const MOST_CHARACTERS = 2 ** 20;
const MOST_STOPS = 16;
const LONGEST_STOP = 256;

/** Parameters of OpenAI's that Sterna does not have, with the value that asks for nothing. */
const NEUTRAL = new Map<string, unknown>([
  ['n', 1],
  ['logprobs', false],
]);
/** Those where every value asks for something. */
const NOT_SUPPORTED = new Set([
  'audio',
  'function_call',
  'functions',
  'logit_bias',
  'metadata',
  'modalities',
  'parallel_tool_calls',
  'prediction',
  'prompt_cache_key',
  'reasoning_effort',
  'safety_identifier',
  'service_tier',
  'store',
  'tool_choice',
  'tools',
  'top_logprobs',
  'user',
  'verbosity',
  'web_search_options',
]);

/** Entries with a value: null means the same as leaving a parameter out. */
function present(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined));
}

const withoutNulls = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.unknown(), v.transform(present), schema);

const number = (low: number, high: number) => {
  const message = `must be a number from ${low} to ${high}`;
  return v.optional(v.pipe(v.number(message), v.minValue(low, message), v.maxValue(high, message)));
};

const whole = (low: number, high: number) => {
  const message = `must be a whole number from ${low} to ${high}`;
  return v.optional(v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message)));
};

const numberAbove0 = (high: number, hint = '') => {
  const message = `must be a number above 0, up to ${high}${hint}`;
  return v.optional(v.pipe(v.number(message), v.gtValue(0, message), v.maxValue(high, message)));
};

/** The entries of an object, and no others. */
function only<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, ({ expected, received }) =>
    expected === 'never' ? 'is not supported' : received === 'undefined' ? 'is missing' : 'must be an object',
  );
}

const flag = v.optional(v.boolean('must be true or false'), false);

const content = v.pipe(
  v.union(
    [v.string(), v.array(v.strictObject({ type: v.literal('text'), text: v.string() }))],
    'must be a string or a list of text parts; nothing but text is supported',
  ),
  v.transform((parts) => (typeof parts === 'string' ? parts : parts.map(({ text }) => text).join(''))),
);

const message = withoutNulls(
  only({ role: v.picklist(['system', 'user', 'assistant'], 'must be "system", "user" or "assistant"'), content }),
);

const messages = v.pipe(
  v.array(message, 'must be a list of messages'),
  v.minLength(1, 'must have at least one message'),
  v.maxLength(MOST_MESSAGES, `may have ${MOST_MESSAGES} messages at most`),
  v.check(
    (list) => list.reduce((sum, { content }) => sum + content.length, 0) <= MOST_CHARACTERS,
    `may have ${MOST_CHARACTERS} characters in all at most`,
  ),
);

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
const stops = v.optional(
  v.lazy((input) => (typeof input === 'string' ? oneStop : stopList)),
  [],
);

const schema = withoutNulls(
  only({
    messages,
    model: v.optional(v.string('must be a string')),
    max_tokens: whole(1, MOST_TOKENS),
    max_completion_tokens: whole(1, MOST_TOKENS),
    temperature: number(0, 2),
    top_p: numberAbove0(1, '; for the likeliest token alone set temperature to 0'),
    top_k: whole(0, 2 ** 20),
    min_p: number(0, 1),
    presence_penalty: number(-2, 2),
    frequency_penalty: number(-2, 2),
    repetition_penalty: numberAbove0(10),
    seed: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    stop: stops,
    response_format: responseFormat,
    stream: flag,
    stream_options: v.optional(withoutNulls(only({ include_usage: flag }))),
  }),
);

/**
 * Checks the parameters of `chat.completions.create` and fills in what was left out: from the pack's
 * `generation_config.json`, else with what turns a thing off.
 * @param params as the user gave them, without `signal`; whether the answer is a stream is the page's own affair.
 * @throws RequestError whose `field` names the parameter that is wrong, unknown or not supported, as `messages[2].content`.
 */
export function parseChatRequest(params: unknown, info: Pick<EngineInfo, 'config' | 'defaults'>): ChatRequest {
  const fields = check(supported(params));
  const { stream, stream_options: streamOptions, max_tokens: maxTokens, max_completion_tokens: newerName } = fields;
  if (maxTokens !== undefined && newerName !== undefined && maxTokens !== newerName) {
    throw new RequestError('says another number than max_tokens', { field: 'max_completion_tokens' });
  }
  if (streamOptions !== undefined && !stream) {
    throw new RequestError('may be given only where stream is true', { field: 'stream_options' });
  }
  const { config, defaults } = info;
  return {
    messages: fields.messages,
    stop: fields.stop,
    grammar: fields.response_format,
    options: {
      maxTokens: maxTokens ?? newerName ?? DEFAULT_MAX_TOKENS,
      stopTokenIds: defaults.eosTokenIds ?? config.eosTokenIds,
      temperature: fields.temperature ?? (defaults.doSample === false ? 0 : (defaults.temperature ?? 1)),
      topK: fields.top_k ?? defaults.topK ?? 0,
      topP: fields.top_p ?? defaults.topP ?? 1,
      minP: fields.min_p ?? defaults.minP ?? 0,
      repetitionPenalty: fields.repetition_penalty ?? defaults.repetitionPenalty ?? 1,
      presencePenalty: fields.presence_penalty ?? 0,
      frequencyPenalty: fields.frequency_penalty ?? 0,
      // The low 32 bits, whatever the sign.
      seed: fields.seed === undefined ? crypto.getRandomValues(new Uint32Array(1))[0] : fields.seed >>> 0,
    },
  };
}

/** The parameters without those of OpenAI's that Sterna does not have, where they ask for nothing. */
function supported(params: unknown): unknown {
  const given = present(params);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const asksForNothing = ([name, value]: [string, unknown]) => NEUTRAL.has(name) && NEUTRAL.get(name) === value;
  const entries = Object.entries(given).filter((entry) => !asksForNothing(entry));
  const refused = entries.find(([name]) => NEUTRAL.has(name) || NOT_SUPPORTED.has(name));
  if (refused !== undefined) throw new RequestError('is not supported yet', { field: refused[0] });
  return Object.fromEntries(entries);
}

function check(params: unknown): v.InferOutput<typeof schema> {
  const result = v.safeParse(schema, params, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  throw new RequestError(issue.message, field === '' ? {} : { field });
}
