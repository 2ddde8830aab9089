import { PackError } from '../errors';
import type { DeviceOptions } from '../gpu/device';
import { parseConfig, type ModelConfig } from '../model/config';
import { parseGenerationConfig, type GenerationDefaults } from '../model/generation-config';
import type { ModelOptions } from '../model/language-model';
import { shardsOf, type Manifest, type PackFile } from '../model/manifest';
import { PackReader } from '../model/shard-reader';
import { chunksAhead } from './chunks-ahead';
import { reasonOf } from './failure';
import { free } from './free';
import { parseJson } from './json-file';
import type { OpenedModel, OpenModel } from './model';
import { PackSource } from './pack-source';
import { ProgressMeter, type LoadProgress } from './progress';
import type { ChunkStore } from './store';
import { readTextModel, TEXT_FILES, type TextModel } from './text-model';

const CONFIG_FILE = 'config.json';
const GENERATION_FILE = 'generation_config.json';

/** Where a pack is loaded from, and onto what. */
export interface LoadRequest {
  /** URL of the pack's folder, with a slash at its end. */
  url: string;
  store: ChunkStore;
  openModel: OpenModel;
  options: DeviceOptions & ModelOptions;
}

/** A model that is ready to run. */
export interface LoadedPack extends OpenedModel {
  manifest: Manifest;
  config: ModelConfig;
  defaults: GenerationDefaults;
  /** What turns messages into ids and back; undefined where the pack has no tokenizer. */
  text: TextModel | undefined;
  /** Bytes that loading read. */
  packBytes: number;
}

/**
 * Loads a pack onto the GPU: each chunk from the store, or from the network into the store, and on from there. At most
 * two chunks are in JavaScript at once. Leaves nothing on the GPU when it fails.
 * @throws DownloadError, StoreError, PackError, ConfigError, CheckpointError, TokenizerError, TemplateError, GpuError;
 * the signal's reason when aborted.
 */
export async function loadPack(
  request: LoadRequest,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedPack> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const source = await PackSource.open(request.url, request.store, either);
  let opened: OpenedModel | undefined;
  try {
    const { manifest } = source;
    const shards = shardsOf(manifest);
    const small = [CONFIG_FILE, GENERATION_FILE, ...TEXT_FILES].flatMap((path) => source.find(path) ?? []);
    const needed = [...small, ...shards];
    const packBytes = needed.reduce((sum, { bytes }) => sum + bytes, 0);
    const meter = new ProgressMeter(packBytes, onProgress);

    const files = new Map<string, Uint8Array>();
    for (const file of small) files.set(file.path, await readWhole(source, file, meter));
    const { config, defaults } = readConfigs(files, request.url);
    const text = readTextModel(files, request.url, config.vocabSize);

    meter.enter('compile');
    opened = await request.openModel(config, manifest.embeddings, request.options);
    opened.lost.catch((reason: unknown) => {
      failed.abort(reason);
    });
    either.throwIfAborted();
    const reader = new PackReader(config, manifest.embeddings);
    const fetchChunk = (file: PackFile, index: number) => fetchMetered(source, file, index, meter);
    for await (const { file, index, chunk } of chunksAhead(shards, fetchChunk)) {
      if (index === 0) reader.beginShard(file);
      for (const portion of reader.push(chunk)) opened.model.write(portion);
      // Else the copies that WebGPU makes of what is written would pile up.
      await opened.model.flush();
      free(chunk);
      either.throwIfAborted();
    }
    reader.finish();
    await opened.model.finishLoading();
    await source.markComplete(needed);
    either.throwIfAborted();
    return { ...opened, manifest, config, defaults, text, packBytes };
  } catch (error) {
    const reason = opened === undefined ? error : await reasonOf(error, opened.lost, either);
    failed.abort(reason);
    opened?.model.dispose();
    throw reason;
  } finally {
    source.close();
  }
}

function readConfigs(files: ReadonlyMap<string, Uint8Array>, url: string) {
  const read = <Result>(path: string, parse: (json: unknown, file: string) => Result): Result | undefined => {
    const bytes = files.get(path);
    return bytes === undefined ? undefined : parse(parseJson(bytes, url + path), url + path);
  };
  const config = read(CONFIG_FILE, parseConfig);
  if (config === undefined) throw new PackError('has no configuration', { file: url, field: CONFIG_FILE });
  return { config, defaults: read(GENERATION_FILE, parseGenerationConfig) ?? {} };
}

async function readWhole(source: PackSource, file: PackFile, meter: ProgressMeter): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.bytes);
  let position = 0;
  for (const index of file.chunks.keys()) {
    const chunk = await fetchMetered(source, file, index, meter);
    bytes.set(chunk, position);
    position += chunk.byteLength;
  }
  return bytes;
}

async function fetchMetered(source: PackSource, file: PackFile, index: number, meter: ProgressMeter) {
  const { bytes, origin } = await source.chunk(file, index, (received) => {
    meter.receiving(received);
  });
  meter.received(bytes.byteLength, origin === 'network' ? 'download' : 'upload');
  return bytes;
}
