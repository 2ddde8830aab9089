import { free } from './free';
import type { Exchange } from './request';

/** Reads a response's body in pieces of any wanted size, holding no more than the piece that the browser handed over. */
export class BodyReader {
  readonly #exchange: Exchange;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #piece: Uint8Array = new Uint8Array();
  #position: number;

  /** @param position where in the file the body begins, in bytes. */
  constructor(exchange: Exchange, response: Response, position: number) {
    this.#exchange = exchange;
    this.#reader = response.body?.getReader();
    this.#position = position;
  }

  /** Where in the file the next byte lies. */
  get position(): number {
    return this.#position;
  }

  /**
   * Fills `target` as far as the body goes and answers how many bytes there were.
   * @throws DownloadError where the connection breaks.
   */
  async fill(target: Uint8Array, onReceived?: (bytes: number) => void): Promise<number> {
    let filled = 0;
    const keep = (part: Uint8Array) => {
      target.set(part, filled);
      filled += part.byteLength;
    };
    while (filled < target.byteLength && (await this.#consume(target.byteLength - filled, keep))) onReceived?.(filled);
    return filled;
  }

  /** Goes on to `position`, or to the body's end where that comes first. */
  async skipTo(position: number): Promise<void> {
    let isOpen = true;
    while (isOpen && this.#position < position) isOpen = await this.#consume(position - this.#position);
  }

  /** Ends the connection. */
  cancel(): void {
    // A body that has failed says so once more here: whoever read it has been told.
    this.#reader?.cancel().catch(() => undefined);
  }

  /** Shows `use` the next bytes, 1 to `most` of them; false where there are no more. */
  async #consume(most: number, use?: (part: Uint8Array) => void): Promise<boolean> {
    while (this.#piece.byteLength === 0) {
      const step = await this.#read();
      if (step === undefined || step.done) return false;
      this.#piece = step.value;
    }
    const part = this.#piece.subarray(0, most);
    use?.(part);
    this.#piece = this.#piece.subarray(part.byteLength);
    this.#position += part.byteLength;
    if (this.#piece.byteLength === 0) free(part);
    return true;
  }

  async #read() {
    const reader = this.#reader;
    if (reader === undefined) return undefined;
    return this.#exchange.wait(() => reader.read(), `the connection broke after ${this.#position} bytes; try again`);
  }
}
