import { expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { createEngine } from '../../src/api';
import { CHUNK_BYTES } from '../../src/model/manifest';
import { startHost, stopHost } from '../support/browser-host';
import { largePack } from '../support/large-pack';

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
