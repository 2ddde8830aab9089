/** A small seeded generator (32-bit Weyl sequence, mixed by multiply and xor-shift), the same in Node and in the browser. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A float from `low` (inclusive) to `high` (exclusive). */
  uniform(low = 0, high = 1): number {
    return low + (this.uint32() / 2 ** 32) * (high - low);
  }

  /** A whole number from `low` to `high`, both inclusive. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** A standard normal float (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of the choices. Throws a RangeError if there is none. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to pick from');
    return choices[this.integer(0, choices.length - 1)];
  }

  /** `length` values of `next`, as float32. */
  floats(length: number, next: (random: Random) => number): Float32Array {
    return Float32Array.from({ length }, () => next(this));
  }
}

/**
 * The seed of this test run: VITE_SEED where it is set (both Node and the browser see it), else a new one. Put it in the
 * name or message of the test, so that a failure can be run again.
 */
export function testSeed(): number {
  const fixed: unknown = import.meta.env.VITE_SEED;
  return typeof fixed === 'string' && fixed !== '' ? Number(fixed) >>> 0 : Math.floor(Math.random() * 2 ** 32);
}
