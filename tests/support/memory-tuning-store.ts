import type { TuningName } from '../../src/model/plan/candidates';
import type { TuningStore } from '../../src/worker/tuning-store';

/** A TuningStore that lasts as long as its object. */
export class MemoryTuningStore implements TuningStore {
  readonly records = new Map<string, TuningName>();

  readAll(): Promise<ReadonlyMap<string, TuningName>> {
    return Promise.resolve(new Map(this.records));
  }

  put(key: string, name: TuningName): Promise<void> {
    this.records.set(key, name);
    return Promise.resolve();
  }
}
