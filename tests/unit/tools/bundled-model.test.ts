import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateGreedily } from '../../../src/model/oracle/generate';
import { inspect } from '../../../tools/inspect';
import { packWeights, readPack } from '../../support/pack-folder';
import { greedyCases } from '../../support/text-fixtures';

const folder = fileURLToPath(new URL('../../../models/sterna-chat-49m', import.meta.url));
/** Answers that end by themselves; longer ones take long on a CPU. */
const PROMPTS = ['Hello!', 'What is the capital of Japan?'];

test('the bundled pack is whole and keeps the 16 bits of its embeddings', async () => {
  const { manifest, config } = await inspect(folder);
  expect(manifest.name).toBe('sterna-chat-49m');
  expect(manifest.embeddings).toBe('F16');
  expect(config).toMatchObject({ vocabSize: 8192, hiddenSize: 512, layerCount: 12, intermediateSize: 1536 });
  expect(manifest.files.map(({ path }) => path)).toContain('tokenizer.json');
});

// The expected ids were made from the checkpoint by an independent implementation in NumPy.
test('the bundled pack answers as its checkpoint does', async () => {
  const pack = await readPack(folder);
  const weights = packWeights(pack);
  for (const { prompt, ids, greedy } of greedyCases().filter(({ prompt }) => PROMPTS.includes(prompt))) {
    expect(generateGreedily(pack.config, weights, ids, greedy.length).ids, prompt).toEqual(greedy);
  }
});
