import { expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { createEngine } from '../../src/api';
import { CHUNK_BYTES } from '../../src/model/manifest';
import { startHost, stopHost } from '../support/browser-host';
import { manifestOf } from '../support/byte-pack';
import { configJson } from '../../bench/model/config-json';
import { packShards } from '../support/pack-shards';
import { Random } from '../support/random';
import { randomWeights } from '../support/random-model';
import { tinyConfig } from '../support/tiny-config';

/** A pack of some 70 MB: nearly all of it embeddings, equal ones, so that it is quickly made. */
async function largePack(): Promise<Map<string, Uint8Array>> {
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

it('holds at most two chunks in JavaScript while it loads, from the network and from the store', async () => {
  const model = await startHost(await largePack());
  try {
    for (const from of ['network', 'store']) {
      await commands.watchHeap();
      const engine = await createEngine({ model });
      const { peak, samples } = await commands.stopWatchingHeap();
      await engine.dispose();
      console.log(`from the ${from}: ${(peak / 2 ** 20).toFixed(1)} MiB at most, ${samples} samples`);
      expect(engine.info.packBytes).toBeGreaterThan(8 * CHUNK_BYTES);
      expect(samples).toBeGreaterThan(5);
      // Beside two chunks there are the pieces of up to 2 MiB in which the browser hands over what comes.
      expect(peak, `from the ${from}, in bytes`).toBeLessThan(3 * CHUNK_BYTES);
    }
  } finally {
    await stopHost(model);
  }
});
