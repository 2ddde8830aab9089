import { createStore, entries, set, type UseStore } from 'idb-keyval';
import * as v from 'valibot';
import { type TuningName, TUNING_NAMES } from '../model/plan/candidates';
import type { TuningStore } from './tuning-store';

const schema = v.tuple([v.string(), v.picklist(TUNING_NAMES)]);

/** A TuningStore in IndexedDB, in a database of its own. */
export class IndexedDbTuningStore implements TuningStore {
  readonly #records: UseStore;

  constructor(name = 'sterna-tunings') {
    this.#records = createStore(name, 'tunings');
  }

  async readAll(): Promise<ReadonlyMap<string, TuningName>> {
    const records = await this.#attempt(() => entries<IDBValidKey, unknown>(this.#records));
    const checked = records?.map((record) => v.safeParse(schema, record)) ?? [];
    return new Map(checked.flatMap(({ success, output }) => (success ? [output] : [])));
  }

  async put(key: string, name: TuningName): Promise<void> {
    await this.#attempt(() => set(key, name, this.#records));
  }

  async #attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch {
      return undefined;
    }
  }
}
