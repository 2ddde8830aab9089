import { AbortError } from 'p-retry';
import { DownloadError, PackError } from '../errors';
import type { PackFile } from '../model/manifest';
import { BodyReader } from './body-reader';
import { Exchange, type Network } from './request';
import { retrying } from './retry';
import { sha256 } from './sha256';

/** A try that brings this part of a chunk or more has got on, and is not counted as a failed one. */
const GAIN = 1 / 8;

/**
 * Fetches a whole small file, asking the server whether the browser's cached copy still holds.
 * @param limit the most bytes to accept.
 * @throws DownloadError, and as `Exchange.ask`: one try only
 */
export async function fetchSmallFile(url: string, limit: number, network: Network): Promise<Uint8Array<ArrayBuffer>> {
  const exchange = new Exchange(url, network);
  const body = new BodyReader(exchange, await exchange.ask({ cache: 'no-cache' }), 0);
  const buffer = new Uint8Array(limit + 1);
  const length = await body.fill(buffer);
  body.cancel();
  if (length > limit) {
    throw new AbortError(
      new DownloadError(`is larger than the ${limit} bytes that such a file may have`, { file: url }),
    );
  }
  return buffer.slice(0, length);
}

/**
 * The chunks of a pack from a static host, each with the SHA-256 that the manifest names. They are asked for by Range
 * requests. A host that ignores those sends the whole file: then that one answer stays open and is cut here.
 */
export class PackDownload {
  readonly #url: string;
  readonly #chunkBytes: number;
  readonly #network: Network;
  readonly #tags = new Map<string, string>();
  #whole: { path: string; body: BodyReader } | undefined;
  #knowsRanges = false;

  /** @param url of the pack's folder, with a slash at its end. */
  constructor(url: string, chunkBytes: number, network: Network) {
    this.#url = url;
    this.#chunkBytes = chunkBytes;
    this.#network = network;
  }

  /**
   * One chunk of a file; what breaks is tried again from the byte that it had come to.
   * @param endTurn lets the next chunk's download begin. It is called as soon as that does no harm: a whole file's
   * answer goes forward only.
   * @param onReceived is told how many of the chunk's bytes are there, as they come.
   * @throws DownloadError, PackError where the bytes are not the promised ones, Paused
   */
  async chunk(
    file: PackFile,
    index: number,
    endTurn: () => void,
    onReceived?: (bytes: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const begin = index * this.#chunkBytes;
    const bytes = new Uint8Array(Math.min(this.#chunkBytes, file.bytes - begin));
    const end = begin + bytes.byteLength;
    let filled = 0;
    let gained = 0;
    let wasWrong = false;
    let hasTurn = true;
    const letNextBegin = () => {
      hasTurn = false;
      endTurn();
    };
    const attempt = async () => {
      if (this.#knowsRanges) letNextBegin();
      gained = -filled;
      const body = await this.#bodyAt(file, begin + filled, end, hasTurn);
      const isShared = body === this.#whole?.body;
      if (!isShared) letNextBegin();
      try {
        await body.skipTo(begin + filled);
        const already = filled;
        await body.fill(bytes.subarray(filled), (received) => {
          filled = already + received;
          onReceived?.(filled);
        });
        if (filled < bytes.byteLength) throw this.#failure(file, `ends at byte ${begin + filled} of ${file.bytes}`);
        if ((await sha256(bytes)) === file.chunks[index]) return;
        filled = 0;
        const wrong = wrongBytes(this.#url + file.path, index);
        if (wasWrong) throw new AbortError(wrong);
        wasWrong = true;
        throw wrong;
      } catch (error) {
        if (isShared) this.close();
        throw error;
      } finally {
        if (!isShared) body.cancel();
        gained += filled;
      }
    };
    try {
      await retrying(attempt, this.#network, () => gained >= bytes.byteLength * GAIN);
      return bytes;
    } finally {
      letNextBegin();
    }
  }

  /** Ends what may be open; what is asked for later opens it again. */
  close(): void {
    this.#whole?.body.cancel();
    this.#whole = undefined;
  }

  /** @param mayShare whether a whole file's answer may be kept for the chunks that follow. */
  async #bodyAt(file: PackFile, from: number, to: number, mayShare: boolean): Promise<BodyReader> {
    const { path } = file;
    if (mayShare) {
      if (this.#whole?.path === path && this.#whole.body.position <= from) return this.#whole.body;
      this.close();
    }
    const isPart = from > 0 || to < file.bytes;
    const tag = this.#tags.get(path);
    const headers = new Headers();
    if (isPart) headers.set('Range', `bytes=${from}-${to - 1}`);
    if (isPart && tag !== undefined) headers.set('If-Range', tag);
    const exchange = new Exchange(this.#url + path, this.#network);
    // Chromium may splice ranges of different versions of a file from its cache, hence no-store.
    const response = await exchange.ask({ cache: 'no-store', headers });
    this.#noteTag(path, response);
    if (response.status === 206) {
      this.#knowsRanges = true;
      return new BodyReader(exchange, response, from);
    }
    const body = new BodyReader(exchange, response, 0);
    if (mayShare && isPart) this.#whole = { path, body };
    return body;
  }

  /** Another host would be asked for leave to send If-Range, and need not show its tags. */
  #noteTag(path: string, { headers, url }: Response): void {
    const tag = headers.get('etag');
    if (tag?.startsWith('"') && new URL(url).origin === globalThis.origin) this.#tags.set(path, tag);
  }

  #failure({ path }: PackFile, reason: string): DownloadError {
    return new DownloadError(reason, { file: this.#url + path });
  }
}

function wrongBytes(file: string, index: number): PackError {
  const reason = 'has another SHA-256 than the manifest names: the file was changed or damaged';
  return new PackError(reason, { file, field: `chunk ${index}` });
}
