import type { GpuDevice } from '../gpu/device';

interface Entry {
  ids: readonly number[];
  state: GPUBuffer;
}

/**
 * Copies of the recurrent state after known token ids. A state cannot be truncated, so a text that goes on from an
 * earlier one starts from the longest stored prefix. The least recently used copy makes room for a new one.
 */
export class StateCache {
  /** Most recently used first. */
  #entries: Entry[] = [];

  /** @param capacity copies kept; @param bytes of one state. */
  constructor(
    private readonly gpu: GpuDevice,
    private readonly capacity: number,
    private readonly bytes: number,
  ) {}

  /** The copy after the most ids that begin `ids` and leave at least one to feed, or undefined. */
  longestPrefix(ids: readonly number[]): Readonly<Entry> | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.ids.length < ids.length && entry.ids.length > (best?.ids.length ?? 0) && isPrefix(entry.ids, ids)) {
        best = entry;
      }
    }
    if (best) this.#use(best);
    return best;
  }

  /** Records a copy of `bytes` at `offset` of `source`, the state after `ids`. */
  store(encoder: GPUCommandEncoder, ids: readonly number[], source: GPUBuffer, offset: number): void {
    const same = this.#entries.find((entry) => entry.ids.length === ids.length && isPrefix(entry.ids, ids));
    const entry = same ?? { ids, state: this.#makeRoom() };
    encoder.copyBufferToBuffer(source, offset, entry.state, 0, this.bytes);
    this.#use(entry);
  }

  #makeRoom(): GPUBuffer {
    const oldest = this.#entries.length < this.capacity ? undefined : this.#entries.pop();
    if (oldest) return oldest.state;
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.gpu.memory.create('state', 'stored state', this.bytes, usage);
  }

  #use(entry: Entry): void {
    this.#entries = [entry, ...this.#entries.filter((other) => other !== entry)];
  }
}

function isPrefix(prefix: readonly number[], ids: readonly number[]): boolean {
  return prefix.every((id, index) => id === ids[index]);
}
