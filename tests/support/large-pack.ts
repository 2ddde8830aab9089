import { configJson } from '../../bench/model/config-json';
import { CHUNK_BYTES } from '../../src/model/manifest';
import { manifestOf } from './byte-pack';
import { packShards } from './pack-shards';
import { Random } from './random';
import { randomWeights } from './random-model';
import { tinyConfig } from './tiny-config';

/** A pack of some 70 MB: nearly all of it embeddings, equal ones, so that it is quickly made. */
export async function largePack(): Promise<Map<string, Uint8Array>> {
  const config = tinyConfig({ vocabSize: 1 << 16, hiddenSize: 256, stateSize: 256 });
  const { vocabSize: rows, hiddenSize: columns } = config;
  const weights = {
    ...randomWeights({ ...config, vocabSize: 1 }, new Random(1)),
    embeddings: new Float32Array(rows * columns).fill(0.5),
    head: { rows, columns, codes: new Int8Array(rows * columns).fill(1), magnitude: 1 },
  };
  const files = packShards(config, weights);
  const addJson = (path: string, json: unknown) => files.set(path, new TextEncoder().encode(JSON.stringify(json)));
  addJson('config.json', configJson(config));
  addJson('sterna.json', await manifestOf(files, CHUNK_BYTES));
  return files;
}
