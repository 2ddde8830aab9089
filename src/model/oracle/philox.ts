/** Four 32-bit words, each an unsigned integer. */
export type PhiloxCounter = readonly [number, number, number, number];

/** Two 32-bit words, each an unsigned integer. */
export type PhiloxKey = readonly [number, number];

const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53n, 0xcd9e8d57n] as const;
/** What is added to the key between rounds: the fractions of the golden ratio and of √3 - 1. */
const KEY_STEPS = [0x9e3779b9n, 0xbb67ae85n] as const;
const WORD = 0xffffffffn;

/**
 * Philox4x32-10, the counter-based random number generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3" (SC11): the same counter and key give the same four words anywhere.
 */
export function philox4x32(counter: PhiloxCounter, key: PhiloxKey): PhiloxCounter {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < ROUNDS; round++) {
    const product0 = MULTIPLIERS[0] * c0;
    const product1 = MULTIPLIERS[1] * c2;
    [c0, c1, c2, c3] = [(product1 >> 32n) ^ c1 ^ k0, product1 & WORD, (product0 >> 32n) ^ c3 ^ k1, product0 & WORD];
    k0 = (k0 + KEY_STEPS[0]) & WORD;
    k1 = (k1 + KEY_STEPS[1]) & WORD;
  }
  return [Number(c0), Number(c1), Number(c2), Number(c3)];
}
