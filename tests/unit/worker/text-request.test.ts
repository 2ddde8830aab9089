import { describe, expect, test } from 'vitest';
import { RequestError } from '../../../src/errors';
import { parseConfig } from '../../../src/model/config';
import { parseTextRequest } from '../../../src/worker/text-request';

const config = parseConfig(
  { model_type: 'hgrn_bit', vocab_size: 64, hidden_size: 8, num_hidden_layers: 1 },
  'config.json',
);
const parse = (params: unknown) => parseTextRequest(params, { config, defaults: {} });

describe('a text request gets its values', () => {
  test.each<[prompt: unknown, prompts: unknown]>([
    ['Once', ['Once']],
    ['', ['']],
    [
      ['a', 'b', 'a'],
      ['a', 'b', 'a'],
    ],
    [[0, 63], [[0, 63]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
    [
      ['a', [2]],
      ['a', [2]],
    ],
  ])('of the prompt %j', (prompt, prompts) => {
    expect(parse({ prompt }).prompts).toEqual(prompts);
  });

  test('as given, and as OpenAI has them where not', () => {
    expect(parse({ prompt: 'a' })).toMatchObject({ echo: false, choices: 1, stop: [], options: { maxTokens: 16 } });
    expect(parse({ prompt: 'a', logprobs: 0 }).options.topLogprobs).toBe(0);
    expect(parse({ prompt: 'a' }).options).not.toHaveProperty('topLogprobs');
    const all = { prompt: 'a', echo: true, n: 2, max_tokens: 3, stop: 'x', seed: 4, temperature: 0.5, stream: true };
    expect(parse(all)).toMatchObject({
      echo: true,
      choices: 2,
      stop: ['x'],
      options: { maxTokens: 3, seed: 4, temperature: 0.5 },
    });
  });
});

describe('a text request is refused by name', () => {
  const long = 'x'.repeat(2 ** 19);
  test.each<[field: string, reason: string, params: Record<string, unknown>]>([
    ['prompt', 'is missing', {}],
    ['prompt', 'is missing', { prompt: null }],
    ['prompt', 'must be a string', { prompt: 7 }],
    ['prompt', 'must be a string', { prompt: { text: 'a' } }],
    ['prompt', 'at least one', { prompt: [] }],
    ['prompt', '2048 prompts', { prompt: Array.from({ length: 2049 }, () => 'a') }],
    ['prompt', '1048576 characters', { prompt: [long, long, 'x'] }],
    ['prompt[1]', 'below 64', { prompt: [1, 64] }],
    ['prompt[0]', 'below 64', { prompt: [-1] }],
    ['prompt[1][0]', 'below 64', { prompt: [[1], [0.5]] }],
    ['prompt[1]', 'must be a string', { prompt: ['a', 7] }],
    ['suffix', 'is not supported', { prompt: 'a', suffix: 'b' }],
    ['best_of', 'is not supported', { prompt: 'a', best_of: 2 }],
    ['messages', 'is not supported', { prompt: 'a', messages: [] }],
    ['max_completion_tokens', 'is not supported', { prompt: 'a', max_completion_tokens: 1 }],
    ['echo', 'true or false', { prompt: 'a', echo: 1 }],
    ['echo', 'together with logprobs', { prompt: 'a', echo: true, logprobs: 0 }],
    ['logprobs', 'from 0 to 5', { prompt: 'a', logprobs: 6 }],
    ['logprobs', 'from 0 to 5', { prompt: 'a', logprobs: true }],
    ['top_logprobs', 'is not supported', { prompt: 'a', top_logprobs: 1 }],
    ['n', 'from 1 to 128', { prompt: 'a', n: 129 }],
  ])('%s: %s', (field, reason, params) => {
    const refused = () => parse(params);
    expect(refused).toThrow(RequestError);
    expect(refused).toThrow(`${field}: `);
    expect(refused).toThrow(reason);
  });
});
