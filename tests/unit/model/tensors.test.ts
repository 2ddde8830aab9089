import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/model/config';
import { packTensors } from '../../../src/model/tensors';

const shape = { model_type: 'hgrn_bit', vocab_size: 32000, num_heads: 1 };

// Parameter counts and ternary weights of the published models (docs/MODEL.md section 7).
test.each([
  [1024, 24, 374_108_160, 341_049_344],
  [2048, 24, 1_364_779_008, 1_298_661_376],
  [2560, 32, 2_702_357_504, 2_619_473_920],
])('lists every parameter of the published model of hidden size %i', (hidden_size, num_hidden_layers, all, ternary) => {
  const config = parseConfig({ ...shape, hidden_size, num_hidden_layers }, 'config.json');
  const tensors = packTensors(config, 'BF16');
  const count = (kind?: string) =>
    tensors
      .filter((tensor) => kind === undefined || tensor.kind === kind)
      .filter(({ name }) => !name.endsWith('.magnitude'))
      .reduce((sum, tensor) => sum + tensor.shape.reduce((product, length) => product * length), 0);
  expect(count()).toBe(all);
  expect(count('ternary')).toBe(ternary);
  expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensors.length);
});

test('stores a head of its own also when it is tied, and bytes as the format says', () => {
  const config = parseConfig(
    {
      model_type: 'hgrn_bit',
      vocab_size: 7,
      hidden_size: 3,
      num_hidden_layers: 1,
      intermediate_size: 5,
      expand_ratio: 2,
      use_lower_bound: false,
      tie_word_embeddings: true,
    },
    'config.json',
  );
  const bytes = Object.fromEntries(packTensors(config, 'I8').map(({ name, byteLength }) => [name, byteLength]));
  expect(bytes).toMatchObject({
    'lm_head.weight.codes': 8,
    'lm_head.weight.magnitude': 4,
    'model.layers.0.attn.i_proj.weight.codes': 4,
    'model.layers.0.attn.g_norm.weight': 24,
    'model.layers.0.mlp.gate_proj.weight.codes': 8,
    'model.embeddings.weight': 21,
    'model.embeddings.weight.scales': 28,
  });
  expect(bytes).not.toHaveProperty('model.lower_bounds_effective');
});
