import { GpuError } from '../errors';
import type { GpuDevice } from './device';
import { type Dispatch, record } from './dispatch';

const TIMESTAMP_BYTES = 8;

/** Measures by timestamp queries how long the GPU itself takes for dispatches: no recording, no waiting for the host. */
export class GpuTimer {
  readonly #gpu: Pick<GpuDevice, 'device' | 'memory'>;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #mapped: GPUBuffer;

  /** @throws GpuError for a device that was not requested with `timestamps`. */
  constructor(gpu: Pick<GpuDevice, 'device' | 'memory'>) {
    if (!gpu.device.features.has('timestamp-query')) throw new GpuError('This device has no timestamp queries.');
    this.#gpu = gpu;
    this.#queries = gpu.device.createQuerySet({ label: 'timer', type: 'timestamp', count: 2 });
    const bytes = 2 * TIMESTAMP_BYTES;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    this.#resolved = gpu.memory.create('timestamps', 'timestamps', bytes, QUERY_RESOLVE | COPY_SRC);
    this.#mapped = gpu.memory.create('timestamps', 'timestamps, mapped', bytes, MAP_READ | COPY_DST);
  }

  /** Nanoseconds from the start to the end of one pass of these dispatches; one measurement at a time. */
  async measure(dispatches: readonly Dispatch[]): Promise<number> {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    record(pass, dispatches);
    pass.end();
    encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#mapped, 0, 2 * TIMESTAMP_BYTES);
    device.queue.submit([encoder.finish()]);
    await this.#mapped.mapAsync(GPUMapMode.READ);
    const [begin, end] = new BigUint64Array(this.#mapped.getMappedRange());
    this.#mapped.unmap();
    return Number(end - begin);
  }

  dispose(): void {
    this.#queries.destroy();
    this.#gpu.memory.free(this.#resolved);
    this.#gpu.memory.free(this.#mapped);
  }
}
