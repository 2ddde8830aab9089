import { unlessAborted } from '../../worker/wire/unless-aborted';
import { createEngine, storedModels, StoreError, type Engine, type EngineOptions } from '../index';
import type { Availability } from './types';

/** Options of `createEngine`; sessions have signals and monitors of their own. */
export type ModelOptions = Omit<EngineOptions, 'signal' | 'onProgress' | 'worker'>;

/** A load that is under way. */
interface Loading {
  engine: Promise<Engine>;
  stop: AbortController;
  waiting: Set<(loaded: number) => void>;
}

/** One engine for all sessions: loaded for the first of them, and kept. */
export class SharedEngine {
  #loading: Loading | undefined;
  #isLoaded = false;

  constructor(private readonly options: ModelOptions) {}

  /** As the standard has it: what is in storage is available, also while it is being loaded from there. */
  async availability(): Promise<Availability> {
    if (this.#isLoaded) return 'available';
    const otherwise = this.#loading === undefined ? 'downloadable' : 'downloading';
    try {
      const { gpu } = navigator as Partial<Navigator>;
      if (!(await gpu?.requestAdapter())) return 'unavailable';
      return (await storedModels.has(this.options.model)) ? 'available' : otherwise;
    } catch (error) {
      return error instanceof StoreError ? otherwise : 'unavailable';
    }
  }

  /**
   * Waits for the engine. Its load is stopped when nobody waits any more.
   * @param onProgress is told the part that is loaded, 1 at the end
   * @throws what `createEngine` throws; the signal's reason when aborted.
   */
  async get(onProgress: (loaded: number) => void, signal: AbortSignal | undefined): Promise<Engine> {
    signal?.throwIfAborted();
    const loading = (this.#loading ??= this.#load());
    loading.waiting.add(onProgress);
    try {
      return await unlessAborted(loading.engine, ...(signal === undefined ? [] : [signal]));
    } finally {
      loading.waiting.delete(onProgress);
      if (loading.waiting.size === 0 && !this.#isLoaded) loading.stop.abort();
    }
  }

  #load(): Loading {
    const stop = new AbortController();
    const waiting: Loading['waiting'] = new Set();
    const forget = () => {
      if (this.#loading === loading) this.#loading = undefined;
      this.#isLoaded = false;
    };
    const engine = createEngine({
      ...this.options,
      signal: stop.signal,
      onProgress: ({ bytesDone, bytesTotal }) => {
        for (const tell of waiting) tell(bytesDone / bytesTotal);
      },
      onDeviceEvent: (event) => {
        this.options.onDeviceEvent?.(event);
        // The next session gets an engine of its own.
        if (event.kind === 'failed') {
          forget();
          void engine.then((lost) => lost.dispose());
        }
      },
    });
    const loading: Loading = { engine, stop, waiting };
    engine.then(() => {
      this.#isLoaded = true;
    }, forget);
    stop.signal.addEventListener('abort', forget);
    return loading;
  }
}
