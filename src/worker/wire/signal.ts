import type { TransferHandler } from 'comlink';

/**
 * Carries an AbortSignal over the worker's border: a port on which one message says "aborted". It is taken for an
 * argument of its own only, never inside another. The reason stays where it is: the other side sees an AbortError.
 */
export const signalTransferHandler: TransferHandler<AbortSignal, MessagePort> = {
  canHandle: (value): value is AbortSignal => value instanceof AbortSignal,
  serialize(signal) {
    const { port1, port2 } = new MessageChannel();
    const tell = () => {
      port1.postMessage('aborted');
    };
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
    return [port2, [port2]];
  },
  deserialize(port) {
    const controller = new AbortController();
    port.onmessage = () => {
      // Closing one end of a channel closes the other, so nothing of it stays on either side.
      port.close();
      controller.abort();
    };
    return controller.signal;
  },
};

/**
 * The signal of one call across the border. It follows the caller's signal and is aborted at the latest when the call
 * is over, which closes its channel: a caller's signal may outlive a thousand calls and keeps nothing of them.
 */
export class CallSignal {
  readonly #outer: AbortSignal | undefined;
  readonly #inner = new AbortController();
  readonly #follow = () => {
    this.#inner.abort(this.#outer?.reason);
  };

  /** @throws the signal's reason if it is aborted already. */
  constructor(outer: AbortSignal | undefined) {
    outer?.throwIfAborted();
    this.#outer = outer;
    outer?.addEventListener('abort', this.#follow);
  }

  get signal(): AbortSignal {
    return this.#inner.signal;
  }

  /** Marks the call as over. */
  end(): void {
    this.#outer?.removeEventListener('abort', this.#follow);
    this.#inner.abort();
  }

  /** What the caller should see thrown for what the other side threw: its own reason for an abort of its own. */
  reasonFor(thrown: unknown): unknown {
    const isAbort = thrown instanceof DOMException && thrown.name === 'AbortError';
    return isAbort && this.#outer?.aborted === true ? this.#outer.reason : thrown;
  }
}
