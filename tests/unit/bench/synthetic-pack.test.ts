import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSyntheticPack } from '../../../bench/node/synthetic-pack';
import { syntheticConfig } from '../../../bench/model/shapes';
import { Tokenizer } from '../../../src/model/text/tokenizer';
import { syntheticTokenizer } from '../../../bench/model/synthetic-tokenizer';
import { inspect } from '../../../tools/inspect';
import { packMatrix, readPack } from '../../support/pack-folder';
import { temporaryFolder } from '../../support/temporary-folder';

describe('a made-up pack', () => {
  it.each(['F16', 'I8'] as const)(
    'is a whole pack with %s embeddings, and the same for the same seed',
    async (type) => {
      const folder = await temporaryFolder();
      const [first, second, other] = ['first', 'second', 'other'].map((name) => join(folder, name));
      await writeSyntheticPack('tiny', first, 5, type);
      await writeSyntheticPack('tiny', second, 5, type);
      await writeSyntheticPack('tiny', other, 6, type);
      const { config } = await inspect(first);
      expect(config).toEqual(syntheticConfig('tiny'));
      const shard = (pack: string) => readFile(join(pack, 'model-00001-of-00001.safetensors'));
      expect((await shard(first)).equals(await shard(second))).toBe(true);
      expect((await shard(first)).equals(await shard(other))).toBe(false);
    },
  );

  it('has codes of each kind about equally often, and zeros behind the last one', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'pack');
    await writeSyntheticPack('tiny', path, 7, 'F16');
    const pack = await readPack(path);
    const { codes } = packMatrix(pack, 'lm_head');
    for (const code of [-1, 0, 1]) {
      const share = codes.filter((value) => value === code).length / codes.length;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.02);
    }
    const bytes = pack.tensors.get('model.layers.0.attn.i_proj.weight.codes');
    // 64 · 64 codes: one in the last group of five, then padding.
    expect(bytes?.length).toBe(820);
    expect([120, 121, 122]).toContain(bytes?.[819]);
  });

  it('has a tokenizer of as many tokens as the vocabulary', () => {
    const { 'tokenizer.json': tokenizer, 'tokenizer_config.json': config } = syntheticTokenizer(32_000);
    const parsed = Tokenizer.parse(tokenizer, config, 32_000);
    expect(Object.keys((tokenizer as { model: { vocab: object } }).model.vocab)).toHaveLength(32_000);
    expect(parsed.encodeText('the tern').length).toBeLessThan(8);
  });
});
