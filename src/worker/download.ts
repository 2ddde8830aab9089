import { DownloadError } from '../errors';
import { BodyReader } from './body-reader';

/** Asks for a file or a part of it; every failure but an abort is a DownloadError. */
async function request(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new DownloadError('no answer: the network is down, there is no such host, or it forbids this page (CORS)', {
      file: url,
      cause,
    });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  const hint = response.status === 404 ? ' (no such file)' : '';
  throw new DownloadError(`the server answered ${response.status}${hint}`, { file: url });
}

/**
 * Fetches a whole small file, asking the server whether the browser's cached copy still holds.
 * @param limit the most bytes to accept.
 * @throws DownloadError
 */
export async function fetchSmallFile(
  url: string,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(url, { cache: 'no-cache' }, signal);
  const body = new BodyReader(url, response, 0, signal);
  const buffer = new Uint8Array(limit + 1);
  const length = await body.fill(buffer);
  body.cancel();
  if (length > limit)
    throw new DownloadError(`is larger than the ${limit} bytes that such a file may have`, { file: url });
  return buffer.slice(0, length);
}

/**
 * One file of known length on a static host, read in ascending ranges. A host that ignores the Range header sends
 * the whole file: then that one answer stays open and is cut here.
 */
export class FileDownload {
  readonly #url: string;
  readonly #length: number;
  readonly #signal: AbortSignal;
  #whole: BodyReader | undefined;

  constructor(url: string, length: number, signal: AbortSignal) {
    this.#url = url;
    this.#length = length;
    this.#signal = signal;
  }

  /**
   * The bytes from `begin` up to `end`.
   * @param onReceived is told how many of them are there, as they come.
   * @throws DownloadError where they cannot be had.
   */
  async read(begin: number, end: number, onReceived?: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const body = await this.#bodyAt(begin, end);
    const bytes = new Uint8Array(end - begin);
    try {
      await body.skipTo(begin);
      const length = await body.fill(bytes, onReceived);
      if (length < bytes.byteLength) {
        throw new DownloadError(`ends at byte ${begin + length} where ${this.#length} were promised`, {
          file: this.#url,
        });
      }
    } catch (error) {
      this.close();
      throw error;
    } finally {
      if (body !== this.#whole) body.cancel();
    }
    return bytes;
  }

  /** Ends what may be open; a later `read` opens it again. */
  close(): void {
    this.#whole?.cancel();
    this.#whole = undefined;
  }

  async #bodyAt(begin: number, end: number): Promise<BodyReader> {
    if (this.#whole !== undefined && this.#whole.position <= begin) return this.#whole;
    this.close();
    // Chromium may splice ranges of different versions of a file from its cache, hence no-store.
    const init: RequestInit = { cache: 'no-store' };
    if (begin > 0 || end < this.#length) init.headers = { Range: `bytes=${begin}-${end - 1}` };
    const response = await request(this.#url, init, this.#signal);
    if (response.status === 206) return new BodyReader(this.#url, response, begin, this.#signal);
    this.#whole = new BodyReader(this.#url, response, 0, this.#signal);
    return this.#whole;
  }
}
