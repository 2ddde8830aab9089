import { createStore, set } from 'idb-keyval';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors';
import { IndexedDbStore } from '../../src/worker/indexeddb-store';
import { itBehavesAsChunkStore } from '../support/chunk-store-behaviour';

function newName(): string {
  return `test-${crypto.randomUUID()}`;
}

describe('IndexedDbStore', () => {
  itBehavesAsChunkStore(() => new IndexedDbStore(newName()));

  it('still has its records when it is opened again', async () => {
    const name = newName();
    await new IndexedDbStore(name).put(['pack', 'a'], Uint8Array.of(1, 2));
    expect(await new IndexedDbStore(name).get(['pack', 'a'])).toEqual(Uint8Array.of(1, 2));
  });

  it('takes what is not bytes for absent and does not list what is not its own', async () => {
    const name = newName();
    const foreign = createStore(name, 'chunks');
    await set(['pack', 'a'], 'text', foreign);
    await set('somebody’s', 'text', foreign);
    const store = new IndexedDbStore(name);
    expect(await store.get(['pack', 'a'])).toBeUndefined();
    expect(await store.keys()).toEqual([['pack', 'a']]);
  });

  it('says in a StoreError what the browser refused', async () => {
    const name = newName();
    await set('a', 'text', createStore(name, 'another object store'));
    await expect(new IndexedDbStore(name).put(['pack', 'a'], Uint8Array.of(1))).rejects.toThrow(StoreError);
    await expect(new IndexedDbStore(name).get(['pack', 'a'])).rejects.toThrow(/refused to read/);
  });
});
