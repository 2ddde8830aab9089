import type { GpuMemory } from './memory';

/** A ring of mappable buffers, so that several submits can each carry a read-back while others are in flight. */
export class ReadbackRing {
  readonly #free: GPUBuffer[] = [];
  readonly #memory: GpuMemory;

  /** @param bytes size of one read-back; @param count read-backs that may be in flight at once. */
  constructor(memory: GpuMemory, label: string, bytes: number, count: number) {
    this.#memory = memory;
    for (let index = 0; index < count; index++) {
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      this.#free.push(memory.create('readback', `${label} ${index}`, bytes, usage));
    }
  }

  /** Records a copy of `bytes` bytes; call the result after the submit to get them. */
  copy(encoder: GPUCommandEncoder, source: GPUBuffer, offset: number, bytes: number): () => Promise<ArrayBuffer> {
    const buffer = this.#free.pop();
    if (buffer === undefined) throw new RangeError('More read-backs in flight than the ring holds.');
    encoder.copyBufferToBuffer(source, offset, buffer, 0, bytes);
    return async () => {
      await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
      const copy = buffer.getMappedRange(0, bytes).slice(0);
      buffer.unmap();
      this.#free.push(buffer);
      return copy;
    };
  }

  /** Frees the buffers that are not in flight. */
  dispose(): void {
    for (const buffer of this.#free.splice(0)) this.#memory.free(buffer);
  }
}
