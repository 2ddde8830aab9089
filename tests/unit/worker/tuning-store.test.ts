import { expect, it } from 'vitest';
import type { AdapterDescription, OptionalFeature } from '../../../src/gpu/device';
import type { ModelConfig } from '../../../src/model/config';
import { IndexedDbTuningStore } from '../../../src/worker/indexeddb-tuning-store';
import { tuningKey } from '../../../src/worker/tuning-store';
import { tinyConfig } from '../../support/tiny-config';

it('has another key for another device, other features and another shape, and the same for the same', () => {
  const adapter = { vendor: 'v', architecture: 'a', description: 'd', fallback: false, subgroupSize: 32 };
  const key = (
    changes: Partial<AdapterDescription> = {},
    features: OptionalFeature[] = ['subgroups', 'subgroup_id'],
    shape: Partial<ModelConfig> = {},
    memory: 'fast' | 'compact' = 'fast',
  ) => tuningKey({ ...adapter, ...changes }, new Set(features), tinyConfig(shape), memory);
  const others = [
    key({ vendor: 'w' }),
    key({ architecture: 'b' }),
    key({ description: 'e' }),
    key({ subgroupSize: 16 }),
    key({}, ['subgroups']),
    key({}, undefined, {}, 'compact'),
    ...(['vocabSize', 'hiddenSize', 'stateSize', 'intermediateSize', 'layerCount'] as const).map((field) =>
      key({}, undefined, { [field]: 7 }),
    ),
  ];
  expect(new Set([key(), ...others]).size).toBe(1 + others.length);
  expect(key({}, ['subgroup_id', 'subgroups'], { eosTokenIds: [3] })).toBe(key());
});

it('is empty where there is no IndexedDB, and takes what it cannot keep', async () => {
  expect('indexedDB' in globalThis).toBe(false);
  const store = new IndexedDbTuningStore();
  await store.put('key', 'split');
  expect((await store.readAll()).size).toBe(0);
});
