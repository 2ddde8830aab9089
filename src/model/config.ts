import * as v from 'valibot';
import { ConfigError } from '../errors';
import { validate } from './validate';

/** The shape of one model, from its `config.json`. Source: docs/MODEL.md section 6. */
export interface ModelConfig {
  /** V: rows of the embedding table and of the head. */
  vocabSize: number;
  /** H: width of the residual stream. */
  hiddenSize: number;
  /** L: number of blocks. */
  layerCount: number;
  /** Divides H and D; without numerical effect. */
  headCount: number;
  /** D = H · expand_ratio: channels of the recurrent state of one block. */
  stateSize: number;
  /** I: width of the gated linear unit. */
  intermediateSize: number;
  /** Epsilon of the block norms, the output gate's norm and the final norm; not of the projections' own norms. */
  rmsNormEpsilon: number;
  /** Whether the forget gates of a block have a lower bound of their own. */
  useLowerBound: boolean;
  /** The head's codes come from the embedding table. */
  tieWordEmbeddings: boolean;
  /** The token that begins a text; null where there is none. */
  bosTokenId: number | null;
  /** The tokens that end a text. */
  eosTokenIds: number[];
  /** Length of the training sequences; the model itself has no limit. */
  maxPositionEmbeddings: number;
}

/** Epsilon of the norm in front of every ternary projection, whatever `rms_norm_eps` says. Source: docs/MODEL.md section 3. */
export const BITLINEAR_EPSILON = 1e-6;

const MAX_VOCABULARY = 2 ** 20;
const MAX_LAYERS = 1024;
/** Sums of 128 times this many terms stay below 2^24, so they are exact in a float32 as well as in an int32. */
const MAX_WIDTH = 2 ** 17 - 1;

const size = (limit: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limit));
const ratio = v.pipe(v.number(), v.gtValue(0), v.maxValue(1024));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_VOCABULARY - 1));

const schema = v.looseObject({
  model_type: v.literal('hgrn_bit', ({ received }) => `Sterna runs models of type hgrn_bit, not ${received}`),
  vocab_size: size(MAX_VOCABULARY),
  hidden_size: size(MAX_WIDTH),
  num_hidden_layers: size(MAX_LAYERS),
  num_heads: v.optional(size(MAX_WIDTH), 1),
  expand_ratio: v.optional(ratio, 1),
  hidden_ratio: v.nullish(ratio, 4),
  intermediate_size: v.nullish(size(MAX_WIDTH)),
  use_lower_bound: v.optional(v.boolean(), true),
  use_short_conv: v.optional(v.boolean(), false),
  rms_norm_eps: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 1e-6),
  tie_word_embeddings: v.optional(v.boolean(), false),
  bos_token_id: v.nullish(tokenId),
  eos_token_id: v.nullish(v.union([tokenId, v.pipe(v.array(tokenId), v.maxLength(1024))])),
  max_position_embeddings: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 2048),
});

/**
 * Reads the parsed JSON of an HF `config.json`.
 * @param file name of the file, for messages.
 * @throws ConfigError for what is not a MatMul-free model of known shape. Source: docs/MODEL.md section 6.
 */
export function parseConfig(json: unknown, file: string): ModelConfig {
  const fields = validate(schema, json, file, ConfigError);
  const refuse = (field: string, reason: string): never => {
    throw new ConfigError(reason, { file, field });
  };

  if (fields.use_short_conv) refuse('use_short_conv', 'models with short convolutions are not supported');
  const { vocab_size: vocabSize, hidden_size: hiddenSize, num_heads: headCount } = fields;
  const stateSize = Math.trunc(hiddenSize * fields.expand_ratio);
  if (stateSize < 1 || stateSize > MAX_WIDTH) refuse('expand_ratio', `gives a state of ${stateSize} channels`);
  if (fields.use_lower_bound && stateSize !== hiddenSize) {
    refuse('expand_ratio', 'must be 1 where use_lower_bound is true: there is one lower bound per hidden channel');
  }
  if (hiddenSize % headCount !== 0) refuse('num_heads', `${headCount} does not divide hidden_size ${hiddenSize}`);
  if (stateSize % headCount !== 0) refuse('num_heads', `${headCount} does not divide the state size ${stateSize}`);
  const intermediateSize = fields.intermediate_size ?? defaultIntermediateSize(hiddenSize, fields.hidden_ratio);
  if (intermediateSize < 1 || intermediateSize > MAX_WIDTH) {
    refuse('hidden_ratio', `gives an intermediate size of ${intermediateSize}`);
  }

  const bosTokenId = fields.bos_token_id === undefined ? inVocabulary(1, vocabSize) : fields.bos_token_id;
  const eosTokenIds = fields.eos_token_id === undefined ? [inVocabulary(2, vocabSize)] : [fields.eos_token_id].flat();
  const idsAtFault = (ids: (number | null)[]) => ids.some((id) => id !== null && id >= vocabSize);
  if (idsAtFault([bosTokenId])) refuse('bos_token_id', `is outside the vocabulary of ${vocabSize}`);
  if (idsAtFault(eosTokenIds)) refuse('eos_token_id', `is outside the vocabulary of ${vocabSize}`);

  return {
    vocabSize,
    hiddenSize,
    layerCount: fields.num_hidden_layers,
    headCount,
    stateSize,
    intermediateSize,
    rmsNormEpsilon: fields.rms_norm_eps,
    useLowerBound: fields.use_lower_bound,
    tieWordEmbeddings: fields.tie_word_embeddings,
    bosTokenId,
    eosTokenIds: eosTokenIds.filter((id) => id !== null),
    maxPositionEmbeddings: fields.max_position_embeddings,
  };
}

/** Two thirds of H · hidden_ratio, cut to an integer, then up to a multiple of 256. */
function defaultIntermediateSize(hiddenSize: number, hiddenRatio: number): number {
  return 256 * Math.ceil(Math.trunc((hiddenSize * hiddenRatio * 2) / 3) / 256);
}

/** A default id means nothing in a vocabulary too small to have it. */
function inVocabulary(id: number, vocabSize: number): number | null {
  return id < vocabSize ? id : null;
}
