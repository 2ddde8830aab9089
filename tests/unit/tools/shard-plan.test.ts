import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/model/config';
import type { ModelConfig } from '../../../src/model/config';
import { FILE_BYTES_LIMIT, SHARD_HEADER_LIMIT } from '../../../src/model/manifest';
import { parseSafetensorsHeader } from '../../../src/model/safetensors';
import { TensorLedger } from '../../../src/model/tensor-ledger';
import { packTensors } from '../../../src/model/tensors';
import type { EmbeddingType } from '../../../src/model/tensors';
import { planShards, shardHeader } from '../../../tools/shard-plan';

const shape = (fields: Record<string, unknown>): ModelConfig =>
  parseConfig({ model_type: 'hgrn_bit', vocab_size: 32000, hidden_size: 64, num_hidden_layers: 2, ...fields }, 'c');

test.each<[string, ModelConfig, EmbeddingType]>([
  ['the published 370M', shape({ hidden_size: 1024, num_hidden_layers: 24 }), 'BF16'],
  ['the published 2.7B', shape({ hidden_size: 2560, num_hidden_layers: 32 }), 'BF16'],
  ['the published 2.7B in int8', shape({ hidden_size: 2560, num_hidden_layers: 32 }), 'I8'],
  ['one with codes in parts', shape({ hidden_size: 16_384, num_hidden_layers: 1 }), 'F32'],
  ['one with odd rows in parts', shape({ vocab_size: 65_537, hidden_size: 1001, num_heads: 7 }), 'F16'],
  ['one with so many layers that headers fill up', shape({ num_hidden_layers: 1024, hidden_size: 2 }), 'I8'],
  ['one with lower bounds in parts', shape({ num_hidden_layers: 1024, hidden_size: 8192 }), 'F32'],
])('the shards of %s keep to the format', (_, config, embeddings) => {
  const ledger = new TensorLedger(config, embeddings);
  const plan = planShards(config, embeddings);
  const bytes = packTensors(config, embeddings).reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(plan.flat().reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(bytes);
  // No shard is opened before the one before it is well filled: by data, or by its header.
  expect(plan.length).toBeLessThanOrEqual(Math.ceil(bytes / (FILE_BYTES_LIMIT / 2)) + 16);
  for (const shard of plan) {
    const header = shardHeader(shard);
    const dataBytes = shard.reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(header.length % 8).toBe(0);
    expect(header.length).toBeLessThanOrEqual(SHARD_HEADER_LIMIT);
    expect(header.length + dataBytes).toBeLessThanOrEqual(FILE_BYTES_LIMIT);
    const { tensors, dataOffset } = parseSafetensorsHeader(header, 'shard', header.length + dataBytes);
    expect(dataOffset).toBe(header.length);
    for (const entry of tensors) ledger.expect(entry, 'shard');
  }
  ledger.checkComplete();
});

test('parts of an embedding hold whole rows', () => {
  const config = shape({ vocab_size: 65_537, hidden_size: 1001, num_heads: 7 });
  const parts = planShards(config, 'F16')
    .flat()
    .filter(({ name }) => name.startsWith('model.embeddings.weight.part'));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.map(({ shape }) => shape[1])).toEqual(parts.map(() => 1001));
  expect(parts.reduce((sum, { shape }) => sum + shape[0], 0)).toBe(65_537);
});
