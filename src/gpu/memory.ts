/** Creates every buffer and keeps account of their bytes by kind ("weights", "state", …). */
export class GpuMemory {
  readonly #buffers = new Map<GPUBuffer, string>();

  constructor(private readonly device: GPUDevice) {}

  /** @param size bytes; rounded up to a multiple of 4, as copies need it. */
  create(kind: string, label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.device.createBuffer({ label, size: Math.ceil(size / 4) * 4, usage });
    this.#buffers.set(buffer, kind);
    return buffer;
  }

  free(buffer: GPUBuffer): void {
    this.#buffers.delete(buffer);
    buffer.destroy();
  }

  /** Bytes that are allocated now, by kind. */
  get bytesByKind(): Record<string, number> {
    const bytes: Record<string, number> = {};
    for (const [buffer, kind] of this.#buffers) bytes[kind] = (bytes[kind] ?? 0) + buffer.size;
    return bytes;
  }

  dispose(): void {
    for (const buffer of this.#buffers.keys()) buffer.destroy();
    this.#buffers.clear();
  }
}
