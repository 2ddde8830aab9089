import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors';
import { parseConfig } from '../../../src/model/config';

// The fields of the published 2.7B model's config.json that shape it.
const PUBLISHED = {
  architectures: ['HGRNBitForCausalLM'],
  model_type: 'hgrn_bit',
  attn_mode: 'fused_recurrent',
  bos_token_id: 1,
  eos_token_id: 2,
  expand_ratio: 1,
  hidden_act: 'swish',
  hidden_ratio: 4,
  hidden_size: 2560,
  intermediate_size: null,
  max_position_embeddings: 2048,
  num_heads: 1,
  num_hidden_layers: 32,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_lower_bound: true,
  use_short_conv: false,
  vocab_size: 32000,
};

describe('parseConfig', () => {
  test('reads the published 2.7B shape', () => {
    expect(parseConfig(PUBLISHED, 'config.json')).toEqual({
      vocabSize: 32000,
      hiddenSize: 2560,
      layerCount: 32,
      headCount: 1,
      stateSize: 2560,
      intermediateSize: 6912,
      rmsNormEpsilon: 1e-6,
      useLowerBound: true,
      tieWordEmbeddings: false,
      bosTokenId: 1,
      eosTokenIds: [2],
      maxPositionEmbeddings: 2048,
    });
  });

  // The intermediate sizes of the three published models, and of small ones by the formula with pencil and paper.
  test.each([
    [1024, 4, 2816],
    [2048, 4, 5632],
    [2560, 4, 6912],
    [64, 4, 256],
    [64, 2, 256],
    [96, 4, 256],
    [97, 4, 512],
    [96, 4.01, 256],
  ])('takes hidden size %i and ratio %f to intermediate size %i', (hidden_size, hidden_ratio, intermediate) => {
    const config = parseConfig({ ...PUBLISHED, hidden_size, hidden_ratio }, 'config.json');
    expect(config.intermediateSize).toBe(intermediate);
  });

  test('takes an explicit intermediate size as it is', () => {
    expect(parseConfig({ ...PUBLISHED, intermediate_size: 161 }, 'config.json').intermediateSize).toBe(161);
  });

  test('applies the defaults of the config class', () => {
    const shape = { model_type: 'hgrn_bit', vocab_size: 10, hidden_size: 6, num_hidden_layers: 1 };
    expect(parseConfig(shape, 'config.json')).toMatchObject({
      headCount: 1,
      stateSize: 6,
      rmsNormEpsilon: 1e-6,
      useLowerBound: true,
      tieWordEmbeddings: false,
      bosTokenId: 1,
      eosTokenIds: [2],
      maxPositionEmbeddings: 2048,
    });
  });

  test('widens the state by expand_ratio where there are no lower bounds', () => {
    const config = parseConfig({ ...PUBLISHED, expand_ratio: 2, use_lower_bound: false, num_heads: 4 }, 'config.json');
    expect(config.stateSize).toBe(5120);
  });

  test.each([
    [
      [2, 0],
      [2, 0],
    ],
    [null, []],
    [7, [7]],
  ])('reads eos_token_id %j', (eos_token_id, expected) => {
    expect(parseConfig({ ...PUBLISHED, eos_token_id }, 'config.json').eosTokenIds).toEqual(expected);
  });

  test.each([
    ['model_type', 'llama'],
    ['model_type', undefined],
    ['use_short_conv', true],
    ['expand_ratio', 2],
    ['expand_ratio', 0],
    ['expand_ratio', '1'],
    ['num_heads', 3],
    ['num_heads', 0],
    ['vocab_size', 0],
    ['vocab_size', 1.5],
    ['vocab_size', 2 ** 40],
    ['vocab_size', undefined],
    ['hidden_size', -1],
    ['hidden_size', 1e9],
    ['hidden_size', Number.NaN],
    ['num_hidden_layers', '12'],
    ['num_hidden_layers', 1e6],
    ['intermediate_size', 1e9],
    ['intermediate_size', 0],
    ['hidden_ratio', 1000],
    ['rms_norm_eps', 0],
    ['rms_norm_eps', Infinity],
    ['tie_word_embeddings', 'yes'],
    ['bos_token_id', 32000],
    ['eos_token_id', 32000],
    ['eos_token_id', [2, 32000]],
    ['eos_token_id', -1],
  ])('refuses %s = %j, naming it', (field, value) => {
    const parse = () => parseConfig({ ...PUBLISHED, [field]: value }, 'config.json');
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`config\\.json: .*${field}`));
  });

  test('refuses heads that divide H but not D', () => {
    const config = { ...PUBLISHED, hidden_size: 4, num_heads: 4, expand_ratio: 1.5, use_lower_bound: false };
    expect(() => parseConfig(config, 'config.json')).toThrow(/num_heads: 4 does not divide the state size 6/);
  });

  test('says which model type it met', () => {
    expect(() => parseConfig({ ...PUBLISHED, model_type: 'llama' }, 'config.json')).toThrow(
      'config.json: model_type: Sterna runs models of type hgrn_bit, not "llama"',
    );
  });

  test('answers any JSON with a config within its bounds or a ConfigError', () => {
    const anyField = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.double(), fc.constant(undefined));
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(PUBLISHED)), anyField);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          changes.map((change) => ({ ...PUBLISHED, ...change })),
        ),
        (json) => {
          try {
            const config = parseConfig(json, 'config.json');
            expect(config.hiddenSize % config.headCount).toBe(0);
            expect(config.stateSize % config.headCount).toBe(0);
            for (const width of [config.hiddenSize, config.stateSize, config.intermediateSize]) {
              expect(width).toSatisfy(Number.isInteger);
              expect(width * 128).toBeLessThan(2 ** 24);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
