import { observe } from './observe';

/** Counts the bytes of all buffers that a device makes, and the most that there were at once, staging included. */
export class BufferAccount {
  readonly #ends: (() => void)[];
  readonly #live = new Map<GPUBuffer, number>();
  #bytes = 0;
  #peak = 0;

  constructor() {
    this.#ends = [
      observe(GPUDevice.prototype, 'createBuffer', (_, __, buffer) => {
        this.#live.set(buffer, buffer.size);
        this.#bytes += buffer.size;
        this.#peak = Math.max(this.#peak, this.#bytes);
      }),
      observe(GPUBuffer.prototype, 'destroy', (buffer) => {
        this.#bytes -= this.#live.get(buffer) ?? 0;
        this.#live.delete(buffer);
      }),
    ];
  }

  /** Of the buffers that there are now. */
  get bytes(): number {
    return this.#bytes;
  }

  get peak(): number {
    return this.#peak;
  }

  stop(): void {
    for (const end of this.#ends) end();
  }
}
