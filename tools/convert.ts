import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CheckpointError } from '../src/errors';
import { CHUNK_BYTES, MANIFEST_FILE, PACK_VERSION, parseManifest } from '../src/model/manifest';
import type { Manifest, PackFile } from '../src/model/manifest';
import { Checkpoint } from './checkpoint';
import { checkShapes } from './checkpoint-shapes';
import { readCompanions } from './companion-files';
import type { CompanionFile } from './companion-files';
import type { QuantisationLoss } from './embedding-int8';
import { createFolder } from './new-folder';
import { PackFileWriter } from './pack-file-writer';
import { planShards } from './shard-plan';
import { writeShards } from './shard-writer';
import { TensorConversion } from './tensor-conversion';

/** Choices of a conversion. */
export interface ConvertOptions {
  /** Keep the embedding table's own type, or round it to int8 rows. */
  embeddings?: 'keep' | 'int8' | undefined;
  /** The pack's name; that of the checkpoint's folder if left out. */
  name?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes of weights read so far and in all; matrices count twice, as they are read twice. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told in one sentence what the pack will lack. */
  onWarning?: ((message: string) => void) | undefined;
}

/** What was made. */
export interface Conversion {
  manifest: Manifest;
  /** What int8 embeddings lost; undefined where they are kept. */
  embeddingLoss: QuantisationLoss | undefined;
}

/**
 * Converts an HF checkpoint folder into a pack. It holds a few slices of the weights at a time; PACK_DIR appears when all
 * is written and not before. Source: docs/PACK.md.
 * @throws ConfigError, CheckpointError, TokenizerError, TemplateError or PackError saying what the checkpoint cannot be.
 */
export async function convert(
  checkpointFolder: string,
  packFolder: string,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const { config, files, hasTokenizer } = await readCompanions(checkpointFolder);
  if (!hasTokenizer) options.onWarning?.('There is no tokenizer.json: the pack will serve token ids only, no text.');
  let done = 0;
  let total = 0;
  const onRead = (bytes: number) => {
    done += bytes;
    options.onProgress?.(done, total);
  };
  const checkpoint = await Checkpoint.open(checkpointFolder, { signal: options.signal, onRead });
  try {
    checkShapes(config, checkpoint.tensors);
    const kept = checkpoint.tensors.get('model.embeddings.weight')?.type;
    if (kept === undefined) throw new CheckpointError('has no embedding table', { file: checkpointFolder });
    const embeddings = options.embeddings === 'int8' ? 'I8' : kept;
    const conversion = new TensorConversion(config, embeddings, checkpoint);
    total = conversion.bytesToRead;
    const manifest: Manifest = {
      name: options.name ?? basename(resolve(checkpointFolder)),
      embeddings,
      chunkBytes: CHUNK_BYTES,
      files: [],
    };
    await createFolder(packFolder, async (folder) => {
      for (const file of files) manifest.files.push(await writeCompanion(folder, file));
      manifest.files.push(...(await writeShards(folder, planShards(config, embeddings), conversion.bytes())));
      await writeManifest(folder, manifest);
    });
    return { manifest, embeddingLoss: conversion.embeddingLoss };
  } finally {
    await checkpoint.close();
  }
}

async function writeCompanion(folder: string, { name, bytes }: CompanionFile): Promise<PackFile> {
  const writer = await PackFileWriter.create(folder, name);
  try {
    await writer.write(bytes);
    return await writer.finish();
  } finally {
    await writer.close();
  }
}

async function writeManifest(folder: string, { name, embeddings, chunkBytes, files }: Manifest): Promise<void> {
  const json = { format: 'sterna-pack', version: PACK_VERSION, name, embeddings, chunk_bytes: chunkBytes, files };
  // What no reader would take must not be written.
  parseManifest(json, MANIFEST_FILE);
  await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(json, null, 2)}\n`);
}
