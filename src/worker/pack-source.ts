import { PackError, SternaError } from '../errors';
import { MANIFEST_FILE, parseManifest, type Manifest, type PackFile } from '../model/manifest';
import { fetchSmallFile, PackDownload } from './download';
import { parseJson } from './json-file';
import { PackLock } from './pack-lock';
import { WHOLE } from './pack-records';
import { Paused } from './pause-gate';
import type { Network } from './request';
import { retrying } from './retry';
import { Room, type AskForRoom } from './room';
import type { ChunkStore } from './store';
import { StoredPack } from './stored-pack';
import { Turns } from './turns';

const MANIFEST_BYTE_LIMIT = 1024 * 1024;

export type ChunkOrigin = 'store' | 'network';

export interface PackChunk {
  bytes: Uint8Array<ArrayBuffer>;
  origin: ChunkOrigin;
}

/** Who wants to know how a chunk is coming along. */
export interface ChunkListener {
  /** So many of the chunk's bytes have come from the network. The count falls where a chunk has to be begun anew. */
  received?: (bytes: number) => void;
  /** Another tab is downloading the pack. */
  waiting?: () => void;
}

/**
 * The chunks of one pack, each from the store where it is whole there, else from the network and into the store.
 * Every chunk that leaves here has the SHA-256 that the manifest names, wherever it came from.
 */
export class PackSource {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array<ArrayBuffer>;
  readonly #url: string;
  readonly #stored: StoredPack;
  readonly #network: Network;
  readonly #download: PackDownload;
  readonly #lock: PackLock;
  readonly #turns = new Turns();
  readonly #letGo = () => {
    this.#lock.release();
  };
  #downloadedBytes = 0;

  private constructor(
    url: string,
    manifest: Manifest,
    manifestBytes: Uint8Array<ArrayBuffer>,
    stored: StoredPack,
    network: Network,
  ) {
    this.#url = url;
    this.manifest = manifest;
    this.manifestBytes = manifestBytes;
    this.#stored = stored;
    this.#network = network;
    this.#download = new PackDownload(url, manifest.chunkBytes, network);
    this.#lock = new PackLock(url);
  }

  /**
   * Reads the pack's manifest: the server's, or the stored one of a wholly stored pack where the server gives none.
   * @param url of the pack's folder, with a slash at its end.
   * @param known the bytes of a manifest to go by, whatever the server has.
   * @throws DownloadError, PackError
   */
  static async open(
    url: string,
    store: ChunkStore,
    network: Network,
    ask: AskForRoom,
    known?: Uint8Array<ArrayBuffer>,
  ): Promise<PackSource> {
    const bytes = known ?? (await readManifest(url, store, network));
    const file = url + MANIFEST_FILE;
    const manifest = parseManifest(parseJson(bytes, file), file);
    const stored = new StoredPack(url, manifest, bytes, store, new Room(store, url, ask));
    return new PackSource(url, manifest, bytes, stored, network);
  }

  /** Bytes of chunks that came from the network so far. */
  get downloadedBytes(): number {
    return this.#downloadedBytes;
  }

  /** Why the browser does not keep the pack; undefined while it does. */
  get refusal(): string | undefined {
    return this.#stored.refusal;
  }

  /**
   * One chunk of a file. Chunks may be asked for at the same time; their downloads begin in the order of asking.
   * @throws DownloadError, PackError where the bytes are not the promised ones
   */
  async chunk(file: PackFile, index: number, listener: ChunkListener = {}): Promise<PackChunk> {
    const { gate, signal } = this.#network;
    try {
      return await gate.through(() => this.#chunk(file, index, listener), signal);
    } catch (error) {
      if (!(error instanceof SternaError)) throw error;
      throw await this.#explained(error);
    }
  }

  /** The pack's file of that path, if it has one. */
  find(path: string): PackFile | undefined {
    return this.manifest.files.find((file) => file.path === path);
  }

  /** To be called when all chunks of `files` have been read, which are all that are needed. */
  async markWhole(files: readonly PackFile[]): Promise<void> {
    const wasWhole = await this.#stored.wasWhole();
    const { signal } = this.#network;
    if (!wasWhole && this.refusal === undefined) await this.#lock.take(signal);
    await this.#stored.markWhole(files, wasWhole, signal);
  }

  /** Ends what may still be coming from the network, and lets other tabs download. */
  close(): void {
    this.#download.close();
    this.#lock.release();
  }

  async #chunk(file: PackFile, index: number, listener: ChunkListener): Promise<PackChunk> {
    const { signal, gate } = this.#network;
    const turn = this.#turns.begin(signal);
    // Awaited when the store has been asked: until then a failure is not an unhandled one.
    turn.catch(() => undefined);
    const endTurn = () => {
      turn
        .then((end) => {
          end();
        })
        .catch(() => undefined);
    };
    try {
      const hash = file.chunks[index];
      for (;;) {
        const hadLock = this.#lock.isHeld();
        const bytes = await this.#stored.chunk(hash);
        signal.throwIfAborted();
        if (bytes !== undefined) return { bytes, origin: 'store' };
        if (this.refusal !== undefined || (hadLock && this.#lock.isHeld())) break;
        // Whoever had the lock before may have stored the chunk, so that the store is asked again.
        await this.#lock.take(signal, listener.waiting);
        if (gate.isPaused) {
          this.#lock.release();
          throw new Paused();
        }
        gate.signal.addEventListener('abort', this.#letGo);
      }
      await turn;
      const bytes = await this.#download.chunk(file, index, endTurn, listener.received);
      this.#downloadedBytes += bytes.byteLength;
      await this.#stored.keep(hash, bytes, signal);
      signal.throwIfAborted();
      if (this.refusal !== undefined) this.#lock.release();
      return { bytes, origin: 'network' };
    } finally {
      endTurn();
    }
  }

  /** What to throw for a failure: that the pack is another one on the server by now, where it is. */
  async #explained(failure: SternaError): Promise<SternaError> {
    const file = this.#url + MANIFEST_FILE;
    const now = await fetchSmallFile(file, MANIFEST_BYTE_LIMIT, this.#network).catch(() => this.manifestBytes);
    this.#network.signal.throwIfAborted();
    if (new TextDecoder().decode(now) === new TextDecoder().decode(this.manifestBytes)) return failure;
    const reason = 'the pack was changed on the server while it was loaded; load it again';
    return new PackError(reason, { file, cause: failure });
  }
}

/** Where the pack is whole in the store, the server is asked once. @throws DownloadError */
function readManifest(url: string, store: ChunkStore, network: Network): Promise<Uint8Array<ArrayBuffer>> {
  const { gate, signal } = network;
  const attempt = async () => {
    try {
      return await fetchSmallFile(url + MANIFEST_FILE, MANIFEST_BYTE_LIMIT, network);
    } catch (error) {
      signal.throwIfAborted();
      const stored = await store.get([url, WHOLE]).catch(() => undefined);
      if (stored === undefined) throw error;
      return stored;
    }
  };
  return gate.through(() => retrying(attempt, network), signal);
}
