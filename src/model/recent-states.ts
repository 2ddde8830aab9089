/** A state and the ids that were fed to reach it. */
export interface TextState<State> {
  readonly ids: readonly number[];
  readonly state: State;
}

/**
 * States of texts, most recently used first. A state cannot be truncated, so a text that goes on from an earlier one
 * starts from the longest prefix that is kept.
 */
export class RecentStates<State> {
  #entries: TextState<State>[] = [];

  /** @param capacity states kept. */
  constructor(private readonly capacity: number) {}

  /** The state after the most ids that begin `ids` and leave at least one to feed, or undefined. */
  longestPrefix(ids: readonly number[]): TextState<State> | undefined {
    let best: TextState<State> | undefined;
    for (const entry of this.#entries) {
      if (entry.ids.length < ids.length && entry.ids.length > (best?.ids.length ?? 0) && isPrefix(entry.ids, ids)) {
        best = entry;
      }
    }
    if (best) this.use(best);
    return best;
  }

  /** The state after exactly these ids, or undefined. */
  of(ids: readonly number[]): TextState<State> | undefined {
    return this.#entries.find((entry) => entry.ids.length === ids.length && isPrefix(entry.ids, ids));
  }

  /** Lets the least recently used state go where there is no room for one more, and gives it. */
  makeRoom(): State | undefined {
    return this.#entries.length < this.capacity ? undefined : this.#entries.pop()?.state;
  }

  /** Puts a state first, a new one too. */
  use(entry: TextState<State>): void {
    this.drop(entry);
    this.#entries.unshift(entry);
  }

  drop(entry: TextState<State>): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }
}

function isPrefix(prefix: readonly number[], ids: readonly number[]): boolean {
  return prefix.every((id, index) => id === ids[index]);
}
