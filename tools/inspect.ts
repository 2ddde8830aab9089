import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, PackError, TemplateError } from '../src/errors';
import { parseConfig } from '../src/model/config';
import type { ModelConfig } from '../src/model/config';
import type { Manifest, PackFile } from '../src/model/manifest';
import { PackReader } from '../src/model/shard-reader';
import { LARGEST_TERNARY_BYTE } from '../src/model/ternary';
import { packTensors } from '../src/model/tensors';
import { TEMPLATE_FILE } from '../src/model/text/template-tree';
import { readCompanions } from './companion-files';
import { readJsonFile } from './json-file';
import { readManifest } from './pack-manifest';

/** A pack that was read from end to end and found to be whole. */
export interface Inspection {
  manifest: Manifest;
  config: ModelConfig;
}

/**
 * Reads a whole pack chunk by chunk: sizes, hashes, the tensors of every shard, that all codes are valid, and that the chat
 * template was compiled.
 * @throws PackError, CheckpointError, ConfigError, TokenizerError or TemplateError saying what is wrong with it.
 */
export async function inspect(folder: string, signal?: AbortSignal): Promise<Inspection> {
  const manifest = await readManifest(folder);
  const configFile = await readJsonFile(join(folder, 'config.json'), ConfigError);
  if (configFile === undefined) throw new PackError('is missing', { file: 'config.json' });
  const config = parseConfig(configFile.json, configFile.name);

  const ternary = new Set(
    packTensors(config, manifest.embeddings).flatMap(({ name, kind }) => (kind === 'ternary' ? [name] : [])),
  );
  const reader = new PackReader(config, manifest.embeddings);
  for (const file of manifest.files) {
    const isShard = file.path.endsWith('.safetensors');
    if (isShard) reader.beginShard(file);
    for await (const chunk of checkedChunks(folder, file, manifest.chunkBytes)) {
      signal?.throwIfAborted();
      if (!isShard) continue;
      for (const { name, bytes } of reader.push(chunk)) {
        if (ternary.has(name) && bytes.some((byte) => byte > LARGEST_TERNARY_BYTE)) {
          throw new PackError('holds bytes that are no codes', { file: file.path, field: name });
        }
      }
    }
  }
  reader.finish();
  await checkTemplate(folder);
  return { manifest, config };
}

async function checkTemplate(folder: string): Promise<void> {
  const { files } = await readCompanions(folder);
  const expected = files.find(({ name }) => name === TEMPLATE_FILE);
  if (expected === undefined) return;
  const found = await readFile(join(folder, TEMPLATE_FILE)).catch(() => undefined);
  if (found?.equals(expected.bytes) === true) return;
  throw new TemplateError('is not what the chat template compiles to: convert the model again', {
    file: TEMPLATE_FILE,
  });
}

/** @throws PackError if the file is missing, of another size, or a chunk has another hash. */
async function* checkedChunks(folder: string, file: PackFile, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const handle = await open(join(folder, file.path)).catch((cause: unknown) => {
    throw new PackError('cannot be opened', { file: file.path, cause });
  });
  try {
    const { size } = await handle.stat();
    if (size !== file.bytes) throw new PackError(`has ${size} bytes, not ${file.bytes}`, { file: file.path });
    for (const [index, hash] of file.chunks.entries()) {
      const begin = index * chunkBytes;
      const chunk = new Uint8Array(Math.min(chunkBytes, file.bytes - begin));
      await handle.read(chunk, 0, chunk.length, begin);
      if (createHash('sha256').update(chunk).digest('hex') !== hash) {
        throw new PackError('has another SHA-256 than the manifest names', {
          file: file.path,
          field: `chunk ${index}`,
        });
      }
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}
