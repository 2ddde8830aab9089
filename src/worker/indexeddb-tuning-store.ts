import { entries, set, type UseStore } from 'idb-keyval';
import * as v from 'valibot';
import { type TuningName, TUNING_NAMES } from '../model/plan/candidates';
import { Database } from './database';
import type { TuningStore } from './tuning-store';

const schema = v.strictTuple([v.string(), v.picklist(TUNING_NAMES)]);

/** A TuningStore in IndexedDB, in a database of its own. */
export class IndexedDbTuningStore implements TuningStore {
  readonly #database: Database;

  constructor(name = 'sterna-tunings') {
    this.#database = new Database(name, 'tunings');
  }

  async readAll(): Promise<ReadonlyMap<string, TuningName>> {
    const records = await this.#attempt((records) => entries<IDBValidKey, unknown>(records));
    const checked = records?.map((record) => v.safeParse(schema, record)) ?? [];
    return new Map(checked.flatMap(({ success, output }) => (success ? [output] : [])));
  }

  async put(key: string, name: TuningName): Promise<void> {
    await this.#attempt((store) => set(key, name, store));
  }

  async #attempt<Result>(work: (records: UseStore) => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work(await this.#database.open());
    } catch {
      return undefined;
    }
  }
}
