import type { Snapshot } from './state-snapshots';

/** States that a conversation keeps for itself, in JavaScript: no other text pushes them out. */
export interface OwnStates {
  /** The state after the most ids that begin `ids` and leave at least one to feed, or undefined. */
  longestPrefix(ids: readonly number[]): Snapshot | undefined;
  /** Is given the states of a text as it grows: after its prompt, now and then in the answer, and after what is kept of that. */
  keep(ids: readonly number[], state: Promise<Float32Array<ArrayBuffer>>): void;
}
