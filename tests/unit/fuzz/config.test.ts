import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors';
import { parseConfig } from '../../../src/model/config';
import { parseGenerationConfig } from '../../../src/model/generation-config';
import { packTensors } from '../../../src/model/tensors';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const CONFIG = {
  model_type: 'hgrn_bit',
  vocab_size: 300,
  hidden_size: 24,
  num_hidden_layers: 2,
  num_heads: 2,
  expand_ratio: 1,
  hidden_ratio: 4,
  intermediate_size: 40,
  use_lower_bound: true,
  use_short_conv: false,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
  bos_token_id: 1,
  eos_token_id: [2, 3],
  max_position_embeddings: 2048,
};
const GENERATION = {
  eos_token_id: [2, 3],
  temperature: 0.7,
  top_k: 40,
  top_p: 0.9,
  min_p: 0.05,
  repetition_penalty: 1.1,
  do_sample: true,
};

const within = (value: number, low: number, high: number) => {
  expect(Number.isInteger(value) && value >= low && value <= high, String(value)).toBe(true);
};

/** Every size is one that buffers can be made of, and every id inside the vocabulary; or a ConfigError says what not. */
function isSoundOrRefused(json: unknown): void {
  const config = resultOrRefusal(() => parseConfig(json, 'config.json'), [ConfigError], 'config.json');
  if (config === undefined) return;
  const widths = [config.hiddenSize, config.stateSize, config.intermediateSize, config.headCount];
  for (const width of widths) within(width, 1, 2 ** 17 - 1);
  within(config.vocabSize, 1, 2 ** 20);
  within(config.layerCount, 1, 1024);
  within(config.maxPositionEmbeddings, 1, Infinity);
  expect(config.hiddenSize % config.headCount).toBe(0);
  expect(config.stateSize % config.headCount).toBe(0);
  expect(config.rmsNormEpsilon > 0 && config.rmsNormEpsilon <= 1).toBe(true);
  if (config.useLowerBound) expect(config.stateSize).toBe(config.hiddenSize);
  for (const id of [...config.eosTokenIds, config.bosTokenId ?? 0]) within(id, 0, config.vocabSize - 1);
  for (const { byteLength } of packTensors(config, 'F32')) within(byteLength, 1, Number.MAX_SAFE_INTEGER);
}

function isSoundGenerationOrRefused(json: unknown): void {
  const file = 'generation_config.json';
  const defaults = resultOrRefusal(() => parseGenerationConfig(json, file), [ConfigError], file);
  if (defaults === undefined) return;
  const { eosTokenIds = [], temperature = 0, topK = 0, topP = 0, minP = 0, repetitionPenalty = 1 } = defaults;
  for (const id of eosTokenIds) within(id, 0, 2 ** 20 - 1);
  within(topK, 0, 2 ** 20);
  for (const share of [topP, minP]) expect(share >= 0 && share <= 1).toBe(true);
  expect(temperature >= 0 && temperature <= 100).toBe(true);
  expect(repetitionPenalty > 0 && repetitionPenalty <= 100).toBe(true);
}

describe(`a hostile configuration (seed ${seed})`, () => {
  it('is sound or refused where a good one was changed', () => {
    isSoundOrRefused(CONFIG);
    fc.assert(fc.property(mutated(CONFIG), isSoundOrRefused), parameters);
  });

  it('is sound or refused whatever it is', () => {
    fc.assert(fc.property(hostileValue, isSoundOrRefused), parameters);
  });

  it('for sampling is sound or refused where a good one was changed', () => {
    isSoundGenerationOrRefused(GENERATION);
    fc.assert(fc.property(mutated(GENERATION), isSoundGenerationOrRefused), parameters);
  });

  it('for sampling is sound or refused whatever it is', () => {
    fc.assert(fc.property(hostileValue, isSoundGenerationOrRefused), parameters);
  });
});
