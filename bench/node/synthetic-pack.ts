import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHUNK_BYTES, MANIFEST_FILE, PACK_VERSION, type PackFile } from '../../src/model/manifest';
import { createFolder } from '../../tools/new-folder';
import { PackFileWriter } from '../../tools/pack-file-writer';
import { planShards } from '../../tools/shard-plan';
import { writeShards } from '../../tools/shard-writer';
import { configJson } from '../model/config-json';
import { syntheticConfig, type SyntheticName } from '../model/shapes';
import { type SyntheticEmbeddings, syntheticPortions } from '../model/synthetic-tensors';
import { syntheticTokenizer } from '../model/synthetic-tokenizer';

/**
 * Writes a whole pack of made-up weights: the same bytes for the same seed.
 * @throws PackError if the folder exists and is not empty.
 */
export async function writeSyntheticPack(
  name: SyntheticName,
  folder: string,
  seed: number,
  embeddings: SyntheticEmbeddings,
): Promise<void> {
  const config = syntheticConfig(name);
  const companions = {
    'config.json': configJson(config),
    // No answer ends before its last token.
    'generation_config.json': { eos_token_id: [] },
    ...syntheticTokenizer(config.vocabSize),
  };
  await createFolder(folder, async (temporary) => {
    const files: PackFile[] = [];
    for (const [path, json] of Object.entries(companions)) files.push(await writeJson(temporary, path, json));
    const stream = tensorBytes(name, seed, embeddings);
    files.push(...(await writeShards(temporary, planShards(config, embeddings), stream)));
    const manifest = {
      format: 'sterna-pack',
      version: PACK_VERSION,
      name,
      embeddings,
      chunk_bytes: CHUNK_BYTES,
      files,
    };
    await writeFile(join(temporary, MANIFEST_FILE), JSON.stringify(manifest));
  });
}

async function* tensorBytes(name: SyntheticName, seed: number, embeddings: SyntheticEmbeddings) {
  for (const { bytes } of syntheticPortions(syntheticConfig(name), embeddings, seed))
    yield await Promise.resolve(bytes);
}

async function writeJson(folder: string, path: string, json: unknown): Promise<PackFile> {
  const writer = await PackFileWriter.create(folder, path);
  try {
    await writer.write(new TextEncoder().encode(JSON.stringify(json)));
    return await writer.finish();
  } finally {
    await writer.close();
  }
}
