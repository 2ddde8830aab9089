import { RecentStates, type TextState } from './recent-states';
import { STORED_STATES } from './state-cache';

/** A state in JavaScript, f32 [L, D]. */
export type Snapshot = TextState<Float32Array<ArrayBuffer>>;

/** Copies of states in JavaScript: when a device is lost, texts go on from them on another one, to the same bits. */
export class StateSnapshots {
  readonly #states = new RecentStates<Float32Array<ArrayBuffer>>(STORED_STATES);

  /** The snapshot after the most ids that begin `ids` and leave at least one to feed, or undefined. */
  longestPrefix(ids: readonly number[]): Snapshot | undefined {
    return this.#states.longestPrefix(ids);
  }

  /** Keeps the state after `ids`, in place of `former`, an earlier one of the same answer. */
  keep(ids: readonly number[], state: Float32Array<ArrayBuffer>, former?: Snapshot): Snapshot {
    const same = this.#states.of(ids);
    for (const old of [same, former]) if (old !== undefined) this.#states.drop(old);
    this.#states.makeRoom();
    const snapshot = { ids, state };
    this.#states.use(snapshot);
    return snapshot;
  }
}
