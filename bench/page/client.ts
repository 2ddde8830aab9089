import { type Remote, wrap } from 'comlink';
import type { AdapterDescription } from '../../src/gpu/device';
import type { Bench, SectionResults } from '../measure/bench';
import type { SectionName } from '../measure/section-names';
import type { ModelName } from '../model/shapes';
import type { RunOptions } from './run-options';

/** One section of one model, with the GPU that it was measured on. */
export interface Measured<Name extends SectionName = SectionName> {
  adapter: AdapterDescription;
  result: SectionResults[Name];
}

/** Runs sections in a worker; a model stays open for the next section of it, and has its worker to itself. */
export class BenchClient {
  #worker: Worker | undefined;
  #bench: Remote<Bench> | undefined;
  #opened: { key: string; adapter: AdapterDescription } | undefined;

  async measure<Name extends SectionName>(
    model: ModelName,
    section: Name,
    options: RunOptions,
  ): Promise<Measured<Name>> {
    const { effort, changes, ...subject } = options;
    const key = JSON.stringify([model, subject]);
    if (this.#opened?.key !== key) {
      this.close();
      this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      this.#bench = wrap<Bench>(this.#worker);
      this.#opened = { key, adapter: await this.#bench.open(model, subject) };
    }
    if (this.#bench === undefined) throw new RangeError('no model is open');
    const result = (await this.#bench.measure(section, effort, changes)) as SectionResults[Name];
    return { adapter: this.#opened.adapter, result };
  }

  /** Ends the worker, which frees what it has on the GPU. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#bench = undefined;
    this.#opened = undefined;
  }
}
