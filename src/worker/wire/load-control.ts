import { PauseGate } from '../pause-gate';
import type { StorageQuestion } from '../room';

/** What a page says while a pack is being loaded. `may-delete` and `keep` answer a StorageQuestion. */
export type ControlMessage = 'pause' | 'resume' | 'may-delete' | 'keep';

/** How a page steers a load. */
export interface ControlEnd {
  port: MessagePort;
  /** Whether the load begins with a pause. */
  isPaused: boolean;
}

/** The worker's end of a port on which a page steers a load and is asked questions, one at a time. */
export class LoadControl {
  readonly gate = new PauseGate();
  #port: MessagePort | undefined;
  #answer: ((mayDelete: boolean) => void) | undefined;

  /** @param end where there is none, nobody pauses, and nothing may be deleted. */
  constructor(end: ControlEnd | undefined) {
    this.#port = end?.port;
    if (end === undefined) return;
    if (end.isPaused) this.gate.pause();
    end.port.onmessage = ({ data }: MessageEvent<ControlMessage>) => {
      if (data === 'pause') this.gate.pause();
      else if (data === 'resume') this.gate.resume();
      else this.#answer?.(data === 'may-delete');
    };
  }

  readonly ask = (question: StorageQuestion): Promise<boolean> => {
    const port = this.#port;
    if (port === undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#answer = resolve;
      port.postMessage(question);
    });
  };

  /** To be called when loading has ended: from then on nobody could end a pause, and nothing may be deleted. */
  close(): void {
    this.gate.resume();
    this.#port?.close();
    this.#port = undefined;
    this.#answer?.(false);
  }
}
