import type { GpuDevice } from '../gpu/device';
import { RecentStates, type TextState } from './recent-states';

/** Copies of states kept for texts that go on from an earlier one. */
export const STORED_STATES = 8;

/** Copies on the GPU of the recurrent state after known token ids; the least recently used makes room for a new one. */
export class StateCache {
  readonly #states: RecentStates<GPUBuffer>;

  /** @param capacity copies kept; @param bytes of one state. */
  constructor(
    private readonly gpu: GpuDevice,
    capacity: number,
    private readonly bytes: number,
  ) {
    this.#states = new RecentStates(capacity);
  }

  /** The copy after the most ids that begin `ids` and leave at least one to feed, or undefined. */
  longestPrefix(ids: readonly number[]): TextState<GPUBuffer> | undefined {
    return this.#states.longestPrefix(ids);
  }

  /** Records a copy of `bytes` at `offset` of `source`, the state after `ids`. */
  store(encoder: GPUCommandEncoder, ids: readonly number[], source: GPUBuffer, offset: number): void {
    const entry = this.#states.of(ids) ?? { ids, state: this.#states.makeRoom() ?? this.#create() };
    encoder.copyBufferToBuffer(source, offset, entry.state, 0, this.bytes);
    this.#states.use(entry);
  }

  #create(): GPUBuffer {
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.gpu.memory.create('state', 'stored state', this.bytes, usage);
  }
}
