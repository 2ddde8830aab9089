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
import type { Model, OpenedDevice } from './model';
import { PackSource } from './pack-source';
import type { Patience } from './patience';
import type { PauseGate } from './pause-gate';
import { ProgressMeter, type LoadProgress } from './progress';
import type { AskForRoom } from './room';
import type { ChunkStore } from './store';
import type { PromptEncoder } from './prompt-encoder';
import { readTokenTable } from './text-files';
import { hasTokenizer, TEXT_FILES, type TextModel, type TextSource } from './text-model';
import { tuningKey, type TuningStore } from './tuning-store';
import { unlessAborted } from './wire/unless-aborted';

const CONFIG_FILE = 'config.json';
const GENERATION_FILE = 'generation_config.json';

/** Where a pack is loaded from, and onto what. */
export interface LoadRequest {
  /** URL of the pack's folder, with a slash at its end. */
  url: string;
  store: ChunkStore;
  tunings: TuningStore;
  openDevice: () => Promise<OpenedDevice>;
  prompts: PromptEncoder;
  options: DeviceOptions & ModelOptions;
  patience: Patience;
  /** The manifest by which the pack was loaded before: then the server's need not be there, or the same. */
  manifestBytes?: Uint8Array<ArrayBuffer> | undefined;
  gate: PauseGate;
  askForRoom: AskForRoom;
}

/** A model that is ready to run. */
export interface LoadedPack extends Pick<OpenedDevice, 'adapter' | 'lost'> {
  model: Model;
  /** Where the tuning that suits it is kept. */
  tuningKey: string;
  manifest: Manifest;
  manifestBytes: Uint8Array<ArrayBuffer>;
  config: ModelConfig;
  defaults: GenerationDefaults;
  /** What turns messages into ids and back; undefined where the pack has no tokenizer. */
  text: TextModel | undefined;
  /** Bytes that loading read. */
  packBytes: number;
  /** Bytes of them that came from the network. */
  downloadedBytes: number;
  /** Why the browser does not keep the pack; undefined where it does. */
  refusal: string | undefined;
}

/**
 * Loads a pack onto the GPU: each chunk from the store, or from the network into the store, and on from there. At most
 * two chunks are in JavaScript at once. What needs not wait does not: the device is asked for before the manifest has
 * come, and kernels are compiled while chunks are read. Leaves nothing on the GPU when it fails.
 * @throws DownloadError, PackError, ConfigError, CheckpointError, TokenizerError, TemplateError, GpuError;
 * the signal's reason when aborted.
 */
export async function loadPack(
  request: LoadRequest,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedPack> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let device: OpenedDevice | undefined;
  const opening = request.openDevice().then((opened) => {
    device = opened;
    opened.lost.catch((reason: unknown) => {
      failed.abort(reason);
    });
    // Nobody waits for a device any more where loading has failed.
    if (either.aborted) opened.dispose();
    return opened;
  });
  // It is waited for only when the manifest and the configuration are there.
  opening.catch(() => undefined);
  let source: PackSource | undefined;
  try {
    const { url, store, gate, patience, askForRoom, manifestBytes } = request;
    const opened = PackSource.open(url, store, { signal: either, gate, patience }, askForRoom, manifestBytes);
    source = await unlessAborted(opened, either);
    return await unlessAborted(loadFrom(source, request, opening, onProgress, either, failed), either);
  } catch (error) {
    const reason = device === undefined ? error : await reasonOf(error, device.lost, either);
    failed.abort(reason);
    device?.dispose();
    throw reason;
  } finally {
    source?.close();
  }
}

async function loadFrom(
  source: PackSource,
  { url, tunings, prompts, options }: LoadRequest,
  opening: Promise<OpenedDevice>,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
  failed: AbortController,
): Promise<LoadedPack> {
  const { manifest } = source;
  const remembered = tunings.readAll();
  const shards = shardsOf(manifest);
  const small = [CONFIG_FILE, GENERATION_FILE, ...TEXT_FILES].flatMap((path) => source.find(path) ?? []);
  const needed = [...small, ...shards];
  const packBytes = needed.reduce((sum, { bytes }) => sum + bytes, 0);
  const meter = new ProgressMeter(packBytes, onProgress);

  const contents = small.map(async (file) => [file.path, await readWhole(source, file, meter)] as const);
  const files = new Map(await Promise.all(contents));
  const { config, defaults } = readConfigs(files, url);
  const chunks = chunksAhead(shards, (file, index) => fetchMetered(source, file, index, meter));
  // It takes this thread and another a while, in which the device and the first chunks come.
  const text = readText({ files, url, vocabSize: config.vocabSize }, prompts, signal);
  // Whoever waits for chunks or the device should not go on for nothing.
  text.catch((error: unknown) => {
    failed.abort(error);
  });

  meter.enter('compile');
  const device = await opening;
  signal.throwIfAborted();
  const key = tuningKey(device.adapter, device.features, config, options.memory ?? 'fast');
  const model = await device.createModel(config, manifest.embeddings, (await remembered).get(key));
  signal.throwIfAborted();

  const reader = new PackReader(config, manifest.embeddings);
  let uploaded = Promise.resolve();
  for await (const { file, index, chunk } of chunks) {
    // Else the copies that WebGPU makes of what is written would pile up.
    await uploaded;
    signal.throwIfAborted();
    if (index === 0) reader.beginShard(file);
    for (const portion of reader.push(chunk)) model.write(portion);
    free(chunk);
    uploaded = model.flush();
    // Awaited when the next chunk is there: until then a failure is not an unhandled one.
    uploaded.catch(() => undefined);
  }
  reader.finish();
  await uploaded;
  signal.throwIfAborted();
  await Promise.all([model.finishLoading(), text]);
  await source.markWhole(needed);
  signal.throwIfAborted();
  const { adapter, lost } = device;
  const { downloadedBytes, refusal } = source;
  return {
    adapter,
    lost,
    model,
    tuningKey: key,
    manifest,
    manifestBytes: source.manifestBytes,
    config,
    defaults,
    text: await text,
    packBytes,
    downloadedBytes,
    refusal,
  };
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

/** The text model, of which the half that makes prompts is read elsewhere at the same time. */
async function readText(
  source: TextSource,
  prompts: PromptEncoder,
  signal: AbortSignal,
): Promise<TextModel | undefined> {
  if (!hasTokenizer(source)) return undefined;
  const reading = prompts.read(source, signal);
  reading.catch(() => undefined);
  return { tokenizer: readTokenTable(source), canChat: await reading };
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
  let counted = 0;
  const { bytes, origin } = await source.chunk(file, index, {
    received: (received) => {
      // Those of a chunk that is begun anew have been counted.
      meter.add(Math.max(received - counted, 0), 'download');
      counted = Math.max(received, counted);
    },
    waiting: () => {
      meter.enter('wait');
    },
  });
  if (origin === 'store') meter.add(bytes.byteLength - counted, 'upload');
  return bytes;
}
