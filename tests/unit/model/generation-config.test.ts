import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors';
import { parseGenerationConfig } from '../../../src/model/generation-config';

describe('parseGenerationConfig', () => {
  test('reads the fields that it knows and leaves absent ones out', () => {
    const json = { bos_token_id: 0, eos_token_id: [2, 0], do_sample: true, temperature: 0.7, top_k: 40, top_p: 0.95 };
    expect(parseGenerationConfig(json, 'generation_config.json')).toEqual({
      eosTokenIds: [2, 0],
      doSample: true,
      temperature: 0.7,
      topK: 40,
      topP: 0.95,
    });
  });

  test('takes null for absent and one end token for a list of one', () => {
    const json = { eos_token_id: 2, temperature: null, min_p: 0, repetition_penalty: 1.1 };
    expect(parseGenerationConfig(json, 'generation_config.json')).toEqual({
      eosTokenIds: [2],
      minP: 0,
      repetitionPenalty: 1.1,
    });
  });

  test.each([
    ['temperature', -1],
    ['temperature', Infinity],
    ['top_k', 1.5],
    ['top_k', -1],
    ['top_p', 1.01],
    ['min_p', '0'],
    ['repetition_penalty', 0],
    ['do_sample', 1],
    ['eos_token_id', [2, 'x']],
  ])('refuses %s = %j, naming it', (field, value) => {
    const parse = () => parseGenerationConfig({ [field]: value }, 'generation_config.json');
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`generation_config\\.json: ${field}`));
  });

  test('throws nothing but ConfigError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          parseGenerationConfig(json, 'generation_config.json');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
