import { createStore, set } from 'idb-keyval';
import { expect, it } from 'vitest';
import { IndexedDbTuningStore } from '../../src/worker/indexeddb-tuning-store';

function newName(): string {
  return `test-${crypto.randomUUID()}`;
}

it('still has its records when it is opened again, the last of each key', async () => {
  const name = newName();
  const store = new IndexedDbTuningStore(name);
  await store.put('a', 'split');
  await store.put('b', 'default');
  await store.put('a', 'small teams');
  const records = await new IndexedDbTuningStore(name).readAll();
  expect(new Map(records)).toEqual(
    new Map([
      ['a', 'small teams'],
      ['b', 'default'],
    ]),
  );
});

it('takes what is damaged for absent, and leaves the rest', async () => {
  const name = newName();
  const foreign = createStore(name, 'tunings');
  await set('a', 'no such tuning', foreign);
  await set('b', { name: 'split' }, foreign);
  await set(['c'], 'split', foreign);
  await set('d', 'split', foreign);
  expect(new Map(await new IndexedDbTuningStore(name).readAll())).toEqual(new Map([['d', 'split']]));
});

it('is empty where the browser refuses, and takes what it cannot keep', async () => {
  const name = newName();
  await set('a', 'split', createStore(name, 'another object store'));
  const store = new IndexedDbTuningStore(name);
  await store.put('a', 'split');
  expect((await store.readAll()).size).toBe(0);
});
