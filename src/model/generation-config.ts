import * as v from 'valibot';
import { ConfigError } from '../errors';
import { validate } from './validate';

/** What a model's `generation_config.json` asks for; a field that the file leaves out is absent. */
export interface GenerationDefaults {
  /** The tokens that end an answer. */
  eosTokenIds?: number[];
  /** 0 or more. */
  temperature?: number;
  /** 0 = off. */
  topK?: number;
  /** 0 to 1, 1 = off. */
  topP?: number;
  /** 0 to 1, 0 = off. */
  minP?: number;
  /** Above 0, 1 = off. */
  repetitionPenalty?: number;
  /** False asks for greedy decoding. */
  doSample?: boolean;
}

const MAX_VOCABULARY = 2 ** 20;
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_VOCABULARY - 1));

const schema = v.looseObject({
  eos_token_id: v.nullish(v.union([tokenId, v.pipe(v.array(tokenId), v.maxLength(1024))])),
  temperature: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  top_k: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_VOCABULARY))),
  top_p: v.nullish(share),
  min_p: v.nullish(share),
  repetition_penalty: v.nullish(v.pipe(v.number(), v.gtValue(0), v.maxValue(100))),
  do_sample: v.nullish(v.boolean()),
});

/**
 * Reads the parsed JSON of an HF `generation_config.json`; fields we don't use are ignored.
 * @param file name of the file, for messages.
 * @throws ConfigError naming the field that is of another type or out of its range.
 */
export function parseGenerationConfig(json: unknown, file: string): GenerationDefaults {
  const fields = validate(schema, json, file, ConfigError);
  return {
    ...optional('eosTokenIds', fields.eos_token_id == null ? null : [fields.eos_token_id].flat()),
    ...optional('temperature', fields.temperature),
    ...optional('topK', fields.top_k),
    ...optional('topP', fields.top_p),
    ...optional('minP', fields.min_p),
    ...optional('repetitionPenalty', fields.repetition_penalty),
    ...optional('doSample', fields.do_sample),
  };
}

/** A field of the result, or none where the file has none or null. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): Partial<Record<Name, Value>> {
  const field: Partial<Record<Name, Value>> = {};
  if (value !== null && value !== undefined) field[name] = value;
  return field;
}
