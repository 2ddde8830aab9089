/** One stop string and how much of it the text so far ends with. */
interface Search {
  readonly stop: string;
  /** For each length, the longest shorter start of the stop string that a match of that length also ends with. */
  readonly fallbacks: readonly number[];
  length: number;
}

/** Looks for several strings in a text that comes in pieces, one code unit at a time (Knuth, Morris and Pratt). */
export class StopSearch {
  readonly #searches: Search[];

  /** @param stops non-empty strings. */
  constructor(stops: readonly string[]) {
    this.#searches = stops.map((stop) => ({ stop, fallbacks: fallbacksOf(stop), length: 0 }));
  }

  /** Takes the next code unit. Returns the longest stop string that ends with it, undefined if none does. */
  next(unit: string): string | undefined {
    let found: string | undefined;
    for (const search of this.#searches) {
      search.length = extend(search.stop, search.fallbacks, search.length, unit);
      if (search.length < search.stop.length) continue;
      search.length = search.fallbacks[search.length];
      if (search.stop.length > (found?.length ?? 0)) found = search.stop;
    }
    return found;
  }

  /** How many code units at the end of the text may be the start of a stop string. */
  get open(): number {
    return this.#searches.reduce((longest, { length }) => Math.max(longest, length), 0);
  }
}

/** The length of the match after one more code unit, given the length before it (shorter than the whole). */
function extend(stop: string, fallbacks: readonly number[], length: number, unit: string): number {
  let matched = length;
  while (matched > 0 && stop[matched] !== unit) matched = fallbacks[matched];
  return stop[matched] === unit ? matched + 1 : 0;
}

function fallbacksOf(stop: string): number[] {
  const fallbacks = [0, 0];
  for (let length = 1; length < stop.length; length++) {
    fallbacks.push(extend(stop, fallbacks, fallbacks[length], stop[length]));
  }
  return fallbacks;
}
