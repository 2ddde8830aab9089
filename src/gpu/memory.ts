import { GpuError } from '../errors';

/** Creates every buffer and keeps account of their bytes by kind ("weights", "state", …). */
export class GpuMemory {
  readonly #buffers = new Map<GPUBuffer, Readonly<Record<string, number>>>();
  #isDisposed = false;

  constructor(private readonly device: GPUDevice) {}

  /** @param size bytes; rounded up to a multiple of 4, as copies need it. */
  create(kind: string, label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    return this.createShared({ [kind]: size }, label, usage);
  }

  /**
   * A buffer for several kinds of data.
   * @param parts bytes of each kind; the first is rounded up as `create` does it.
   * @throws GpuError after `dispose`: what is still under way then leaves nothing.
   */
  createShared(parts: Readonly<Record<string, number>>, label: string, usage: GPUBufferUsageFlags): GPUBuffer {
    if (this.#isDisposed) throw new GpuError('The device has been disposed of.', { field: label });
    const bytes = Object.values(parts).reduce((sum, part) => sum + part, 0);
    const size = Math.ceil(bytes / 4) * 4;
    const buffer = this.device.createBuffer({ label, size, usage });
    const [first] = Object.keys(parts);
    this.#buffers.set(buffer, { ...parts, [first]: parts[first] + size - bytes });
    return buffer;
  }

  free(buffer: GPUBuffer): void {
    this.#buffers.delete(buffer);
    buffer.destroy();
  }

  /** Bytes that are allocated now, by kind. */
  get bytesByKind(): Record<string, number> {
    const bytes: Record<string, number> = {};
    for (const parts of this.#buffers.values()) {
      for (const [kind, part] of Object.entries(parts)) bytes[kind] = (bytes[kind] ?? 0) + part;
    }
    return bytes;
  }

  freeAll(): void {
    for (const buffer of this.#buffers.keys()) buffer.destroy();
    this.#buffers.clear();
  }

  /** Frees all, and makes no more. */
  dispose(): void {
    this.#isDisposed = true;
    this.freeAll();
  }
}
