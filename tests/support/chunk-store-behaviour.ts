import { expect, it } from 'vitest';
import type { ChunkStore } from '../../src/worker/store';

const PACK = 'https://host.example/pack/';

/** What every ChunkStore does: one test body, run for each implementation. */
export function itBehavesAsChunkStore(open: () => ChunkStore): void {
  it('has nothing at first', async () => {
    const store = open();
    expect(await store.get([PACK, 'a'])).toBeUndefined();
    expect(await store.keys()).toEqual([]);
  });

  it('hands back what was put, the part of a larger buffer that it was', async () => {
    const store = open();
    const bytes = new Uint8Array(100).fill(7).subarray(10, 20);
    await store.put([PACK, 'a'], bytes);
    await store.put([PACK, 'b'], new Uint8Array());
    const stored = await store.get([PACK, 'a']);
    expect(stored).toEqual(new Uint8Array(10).fill(7));
    expect(stored?.buffer.byteLength).toBe(10);
    expect(await store.get([PACK, 'b'])).toEqual(new Uint8Array());
  });

  it('keeps records apart from the memory of its callers', async () => {
    const store = open();
    const bytes = Uint8Array.of(1, 2, 3);
    await store.put([PACK, 'a'], bytes);
    bytes[0] = 9;
    const first = await store.get([PACK, 'a']);
    first?.fill(8);
    expect(await store.get([PACK, 'a'])).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('replaces a record', async () => {
    const store = open();
    await store.put([PACK, 'a'], Uint8Array.of(1));
    await store.put([PACK, 'a'], Uint8Array.of(2, 3));
    expect(await store.get([PACK, 'a'])).toEqual(Uint8Array.of(2, 3));
    expect(await store.keys()).toEqual([[PACK, 'a']]);
  });

  it('keeps packs and names apart and lists them all', async () => {
    const store = open();
    const keys = [
      [PACK, 'a'],
      [PACK, 'b'],
      [`${PACK}a`, ''],
      ['', 'a'],
    ] as const;
    for (const [index, key] of keys.entries()) await store.put(key, Uint8Array.of(index));
    for (const [index, key] of keys.entries()) expect(await store.get(key)).toEqual(Uint8Array.of(index));
    expect(new Set((await store.keys()).map((key) => key.join(' ')))).toEqual(
      new Set(keys.map((key) => key.join(' '))),
    );
  });

  it('deletes the named records only, absent ones without complaint', async () => {
    const store = open();
    for (const name of ['a', 'b', 'c']) await store.put([PACK, name], Uint8Array.of(1));
    await store.delete([
      [PACK, 'a'],
      [PACK, 'c'],
      [PACK, 'never there'],
    ]);
    expect(await store.keys()).toEqual([[PACK, 'b']]);
    await store.delete([]);
    expect(await store.keys()).toEqual([[PACK, 'b']]);
  });
}
