import type { TensorPortion } from '../../src/model/shard-reader';
import type { Random } from './random';

/** A tensor cut at random multiples of 4 bytes. */
export function randomPortions(name: string, bytes: Uint8Array, random: Random): TensorPortion[] {
  const portions: TensorPortion[] = [];
  for (let begin = 0; begin < bytes.length;) {
    const length = random.pick([4, 8, 4 * random.integer(1, 60), bytes.length]);
    portions.push({ name, byteOffset: begin, bytes: bytes.slice(begin, begin + length) });
    begin += length;
  }
  return portions;
}

/** The items in random order. */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, key: random.uint32() }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item);
}
