import { DownloadError, PackError } from '../errors';
import { MANIFEST_FILE, parseManifest, type Manifest, type PackFile } from '../model/manifest';
import { fetchSmallFile, FileDownload } from './download';
import { parseJson } from './json-file';
import type { ChunkStore, RecordKey } from './store';

const MANIFEST_BYTE_LIMIT = 1024 * 1024;

export type ChunkOrigin = 'store' | 'network';

export interface PackChunk {
  bytes: Uint8Array<ArrayBuffer>;
  origin: ChunkOrigin;
}

/**
 * The chunks of one pack, each from the store where it is whole there, else from the network and into the store.
 * Every chunk that leaves here has the SHA-256 that the manifest names, wherever it came from.
 */
export class PackSource {
  readonly manifest: Manifest;
  readonly #url: string;
  readonly #manifestBytes: Uint8Array<ArrayBuffer>;
  readonly #store: ChunkStore;
  readonly #signal: AbortSignal;
  #download: { path: string; file: FileDownload } | undefined;
  /** Resolves when no chunk that was asked for so far needs the network any more. */
  #networkIsFree: Promise<void> = Promise.resolve();

  private constructor(
    url: string,
    manifest: Manifest,
    manifestBytes: Uint8Array<ArrayBuffer>,
    store: ChunkStore,
    signal: AbortSignal,
  ) {
    this.#url = url;
    this.manifest = manifest;
    this.#manifestBytes = manifestBytes;
    this.#store = store;
    this.#signal = signal;
  }

  /**
   * Reads the pack's manifest: the server's, or the stored one of a wholly stored pack where the server gives none.
   * @param url of the pack's folder, with a slash at its end.
   * @throws DownloadError, PackError, StoreError
   */
  static async open(url: string, store: ChunkStore, signal: AbortSignal): Promise<PackSource> {
    const file = url + MANIFEST_FILE;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await fetchSmallFile(file, MANIFEST_BYTE_LIMIT, signal);
    } catch (error) {
      const stored = error instanceof DownloadError ? await store.get(manifestKey(url)) : undefined;
      if (stored === undefined) throw error;
      bytes = stored;
    }
    return new PackSource(url, parseManifest(parseJson(bytes, file), file), bytes, store, signal);
  }

  /**
   * One chunk of a file. Chunks may be asked for at the same time; the network is read in the order of asking.
   * @param onReceived is told how many of its bytes have come from the network so far.
   * @throws DownloadError, PackError where the bytes are not the promised ones, StoreError
   */
  async chunk(file: PackFile, index: number, onReceived?: (bytes: number) => void): Promise<PackChunk> {
    const hash = file.chunks[index];
    const key: RecordKey = [this.#url, hash];
    const read = this.#read(file, index, this.#stored(key, hash), this.#networkIsFree, onReceived);
    this.#networkIsFree = Promise.allSettled([this.#networkIsFree, read]).then(() => undefined);
    const chunk = await read;
    if (chunk.origin === 'store') return chunk;
    if ((await sha256(chunk.bytes)) !== hash) {
      throw new PackError('has another SHA-256 than the manifest names: the file was changed or damaged', {
        file: this.#url + file.path,
        field: `chunk ${index}`,
      });
    }
    await this.#store.put(key, chunk.bytes);
    this.#signal.throwIfAborted();
    return chunk;
  }

  /** The pack's file of that path, if it has one. */
  find(path: string): PackFile | undefined {
    return this.manifest.files.find((file) => file.path === path);
  }

  /**
   * Records that the store holds all that `files` need, and drops what an earlier version of the pack left there.
   * To be called when all their chunks have been read: from then on the pack can be loaded without a network.
   */
  async markComplete(files: readonly PackFile[]): Promise<void> {
    await this.#store.put(manifestKey(this.#url), this.#manifestBytes);
    const needed = new Set([MANIFEST_FILE, ...files.flatMap((file) => file.chunks)]);
    const stale = (await this.#store.keys()).filter(([pack, name]) => pack === this.#url && !needed.has(name));
    await this.#store.delete(stale);
  }

  /** Ends what may still be coming from the network. */
  close(): void {
    this.#download?.file.close();
    this.#download = undefined;
  }

  /** The chunk where the store has it whole. */
  async #stored(key: RecordKey, hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.#store.get(key);
    this.#signal.throwIfAborted();
    return bytes !== undefined && (await sha256(bytes)) === hash ? bytes : undefined;
  }

  /** In order and one at a time from the network: where a host ignores ranges, a download goes forward only. */
  async #read(
    file: PackFile,
    index: number,
    stored: Promise<Uint8Array<ArrayBuffer> | undefined>,
    networkIsFree: Promise<void>,
    onReceived?: (bytes: number) => void,
  ): Promise<PackChunk> {
    const bytes = await stored;
    if (bytes !== undefined) return { bytes, origin: 'store' };
    await networkIsFree;
    const begin = index * this.manifest.chunkBytes;
    const end = Math.min(begin + this.manifest.chunkBytes, file.bytes);
    return { bytes: await this.#downloadOf(file).read(begin, end, onReceived), origin: 'network' };
  }

  #downloadOf(file: PackFile): FileDownload {
    if (this.#download?.path !== file.path) {
      this.close();
      this.#download = {
        path: file.path,
        file: new FileDownload(this.#url + file.path, file.bytes, this.#signal),
      };
    }
    return this.#download.file;
  }
}

function manifestKey(url: string): RecordKey {
  return [url, MANIFEST_FILE];
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
