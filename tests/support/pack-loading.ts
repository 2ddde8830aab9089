import type { PackFile } from '../../src/model/manifest';
import { shardName } from '../../src/model/manifest';
import { PackSource } from '../../src/worker/pack-source';
import type { Patience } from '../../src/worker/patience';
import { PauseGate } from '../../src/worker/pause-gate';
import type { AskForRoom } from '../../src/worker/room';
import type { ChunkStore } from '../../src/worker/store';
import { CHUNK } from './byte-pack';
import { Random } from './random';

export const SHARD = shardName(0, 1);

/** Long enough for any answer of a host on this machine, and short for a test. */
export const SHORT_PATIENCE: Patience = { tries: 3, delay: 1, stall: 1000 };

export interface LoadSettings {
  signal?: AbortSignal;
  gate?: PauseGate;
  patience?: Partial<Patience>;
  ask?: AskForRoom;
}

/** Random bytes for `bytePack`: so many chunks and a rest. */
export function randomShard(seed: number, chunks: number, rest = 17): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: chunks * CHUNK + rest }, () => random.integer(0, 255));
}

/** The Range header that asks for one chunk of a file. */
export function rangeOf(chunk: number, file: Uint8Array): string {
  return `bytes=${chunk * CHUNK}-${Math.min((chunk + 1) * CHUNK, file.byteLength) - 1}`;
}

export function openSource(url: string, store: ChunkStore, settings: LoadSettings = {}): Promise<PackSource> {
  const { signal = new AbortController().signal, gate = new PauseGate(), patience, ask } = settings;
  const network = { signal, gate, patience: { ...SHORT_PATIENCE, ...patience } };
  return PackSource.open(url, store, network, ask ?? (() => Promise.resolve(false)));
}

export function fileOf(source: PackSource, path: string): PackFile {
  const file = source.find(path);
  if (file === undefined) throw new Error(`${path} is not in the manifest`);
  return file;
}

/** Loads a `bytePack`, two chunks at once as the engine does; what came from where. */
export async function loadBytes(url: string, store: ChunkStore, settings: LoadSettings = {}) {
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(settings.signal === undefined ? [] : [settings.signal])]);
  const source = await openSource(url, store, { ...settings, signal });
  try {
    const config = fileOf(source, 'config.json');
    await source.chunk(config, 0);
    const file = fileOf(source, SHARD);
    const coming = file.chunks.slice(0, 2).map((_, index) => source.chunk(file, index));
    for (const promise of coming) promise.catch(() => undefined);
    const bytes: number[] = [];
    const origins: string[] = [];
    for (const index of file.chunks.keys()) {
      const chunk = await coming[index];
      bytes.push(...chunk.bytes);
      origins.push(chunk.origin);
      if (index + 2 < file.chunks.length) {
        coming[index + 2] = source.chunk(file, index + 2);
        coming[index + 2].catch(() => undefined);
      }
    }
    await source.markWhole([config, file]);
    const { refusal, downloadedBytes } = source;
    return { bytes: Uint8Array.from(bytes), origins, refusal, downloadedBytes };
  } catch (error) {
    // As in a load, what is still under way ends with what failed.
    failed.abort(error);
    throw error;
  } finally {
    source.close();
  }
}
