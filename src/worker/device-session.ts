import { DeviceLostError } from '../errors';
import { reasonOf } from './failure';
import type { LoadedPack } from './load';
import type { Model } from './model';
import { unlessAborted } from './wire/unless-aborted';

/** The device is gone, the model is being loaded onto a new one, and what was under way will go on there. */
export interface DeviceLost {
  /** Tells the events apart. */
  kind: 'lost';
  /** Losses of the last minute, this one included. */
  losses: number;
  /** What the browser says about it. */
  message: string;
}

/** The model is there again. */
export interface DeviceRestored {
  /** Tells the events apart. */
  kind: 'restored';
}

/** The model will not be there again, and all that was under way is rejected with a DeviceLostError. */
export interface DeviceFailed {
  /** Tells the events apart. */
  kind: 'failed';
  /** That of the error. */
  message: string;
}

/** What became of the GPU device. */
export type DeviceEvent = DeviceLost | DeviceRestored | DeviceFailed;

/** As many losses within LOSS_PERIOD end an engine: it would lose every device that it is given. */
const MOST_LOSSES = 3;
const LOSS_PERIOD = 60_000;

/** A loaded model that outlives its device: when that is lost, the model is loaded again, and work goes on there. */
export class DeviceSession {
  #coming: Promise<LoadedPack>;
  #present: LoadedPack | undefined;
  #losses: number[] = [];

  /**
   * Begins to load.
   * @param load loads the model; `isAgain` after a loss
   * @param ended aborted when no work is possible any more, by this too; its reason says why
   */
  constructor(
    private readonly load: (isAgain: boolean) => Promise<LoadedPack>,
    private readonly tell: (event: DeviceEvent) => void,
    private readonly ended: AbortController,
  ) {
    this.#coming = this.#load();
  }

  /** The model on its device; undefined while there is none. */
  get present(): LoadedPack | undefined {
    return this.#present;
  }

  /** Waits for the model. @throws what loading threw; the signal's reason when aborted. */
  ready(signal = this.ended.signal): Promise<LoadedPack> {
    return unlessAborted(this.#coming, signal);
  }

  /**
   * Does a piece of work, and does it again from its beginning where the device was lost meanwhile.
   * @param signal aborted with the engine, at the latest
   * @throws what the work throws; the signal's reason when aborted.
   */
  async run<Result>(work: (model: Model) => Promise<Result>, signal = this.ended.signal): Promise<Result> {
    for (;;) {
      const loaded = await this.ready(signal);
      try {
        return await work(loaded.model);
      } catch (error) {
        const reason = await reasonOf(error, loaded.lost, signal);
        if (signal.aborted || this.#present === loaded) throw reason;
      }
    }
  }

  /** Frees all that is on the GPU. What is still loading frees itself when `ended` is aborted. */
  dispose(): void {
    this.#present?.model.dispose();
    this.#present = undefined;
  }

  async #load(): Promise<LoadedPack> {
    for (;;) {
      const isAgain = this.#losses.length > 0;
      try {
        const loaded = await this.load(isAgain);
        this.#present = loaded;
        loaded.lost.catch((loss: unknown) => {
          if (!this.ended.signal.aborted) this.#recover(loss);
        });
        if (isAgain) this.tell({ kind: 'restored' });
        return loaded;
      } catch (error) {
        this.ended.signal.throwIfAborted();
        this.#count(error);
      }
    }
  }

  #recover(loss: unknown): void {
    this.dispose();
    this.#coming = this.#reload(loss);
    // Told to whoever waits for the model.
    this.#coming.catch(() => undefined);
  }

  async #reload(loss: unknown): Promise<LoadedPack> {
    try {
      this.#count(loss instanceof DeviceLostError ? loss : new DeviceLostError(String(loss), { cause: loss }));
      return await this.#load();
    } catch (cause) {
      this.ended.signal.throwIfAborted();
      const words = `the GPU device was lost, and the model could not be loaded again: ${String(cause)}`;
      const reason = cause instanceof DeviceLostError ? cause : new DeviceLostError(words, { cause });
      this.ended.abort(reason);
      this.tell({ kind: 'failed', message: reason.message });
      throw reason;
    }
  }

  /** Takes note of a loss. @throws what is none; a DeviceLostError for one too many. */
  #count(error: unknown): void {
    if (!(error instanceof DeviceLostError)) throw error;
    const now = performance.now();
    this.#losses = [...this.#losses.filter((at) => now - at < LOSS_PERIOD), now];
    const losses = this.#losses.length;
    if (losses < MOST_LOSSES) {
      this.tell({ kind: 'lost', losses, message: error.message });
      return;
    }
    const words = `the GPU device was lost ${losses} times within a minute, so the engine gives up; reload the page, or use a smaller model`;
    throw new DeviceLostError(words, { cause: error });
  }
}
