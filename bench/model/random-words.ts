/** A fast seeded stream of uint32 (Marsaglia's xorshift): hundreds of megabytes of codes are made of it. */
export class RandomWords {
  #state: number;

  /** @param name a stream of its own for each name */
  constructor(seed: number, name: string) {
    let state = seed | 0;
    for (let index = 0; index < name.length; index++) state = Math.imul(state ^ name.charCodeAt(index), 0x01000193);
    this.#state = state === 0 ? 1 : state;
    // Nearby seeds start alike; some rounds drive them apart.
    this.skip(16);
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  skip(count: number): void {
    for (let index = 0; index < count; index++) this.next();
  }
}
