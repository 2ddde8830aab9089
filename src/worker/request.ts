import { AbortError } from 'p-retry';
import { DownloadError } from '../errors';
import type { Patience } from './patience';
import { Paused, type PauseGate } from './pause-gate';

/** The longest Retry-After that is waited for, in seconds. */
const LONGEST_WAIT = 60;

/** What all requests of one load have in common. */
export interface Network {
  signal: AbortSignal;
  gate: PauseGate;
  patience: Patience;
}

/** The host will answer later. */
export class BusyError extends DownloadError {
  readonly #wait: number;

  /** @param wait how long the host wants to be left alone, in milliseconds. */
  constructor(reason: string, file: string, wait: number) {
    super(reason, { file });
    this.#wait = wait;
  }

  get wait(): number {
    return this.#wait;
  }
}

/** One request under way. It is ended when the load is aborted or paused, or when nothing more comes. */
export class Exchange {
  readonly url: string;
  readonly #network: Network;
  readonly #paused: AbortSignal;
  readonly #stalled = new AbortController();

  constructor(url: string, network: Network) {
    this.url = url;
    this.#network = network;
    this.#paused = network.gate.signal;
  }

  /**
   * Waits for the answer.
   * @throws DownloadError where another try may help, BusyError where the host asks for one; AbortError with a
   * DownloadError inside where none does, or with a Paused; the signal's reason when aborted.
   */
  async ask(init: RequestInit): Promise<Response> {
    const signal = AbortSignal.any([this.#network.signal, this.#paused, this.#stalled.signal]);
    const response = await this.wait(
      () => fetch(this.url, { ...init, signal }),
      'no answer: the network is down, there is no such host, or it forbids this page (CORS)',
    );
    if (response.ok) return response;
    // Nobody waits for the rest of a refusal.
    response.body?.cancel().catch(() => undefined);
    const { status, headers } = response;
    if (status === 408 || status === 429 || status >= 500) {
      const seconds = Number(headers.get('retry-after') ?? 0);
      const wait = seconds > 0 ? Math.min(seconds, LONGEST_WAIT) * 1000 : 0;
      throw new BusyError(`the server answered ${status}`, this.url, wait);
    }
    const hint = status === 404 ? ' (no such file)' : status === 416 ? ' (the file is shorter than promised)' : '';
    throw new AbortError(new DownloadError(`the server answered ${status}${hint}`, { file: this.url }));
  }

  /** Waits for the next thing to come, and no longer than a stall may take. @param failure what to say where it breaks. */
  async wait<Result>(next: () => Promise<Result>, failure: string): Promise<Result> {
    const { signal, patience } = this.#network;
    const timer = setTimeout(() => {
      this.#stalled.abort();
    }, patience.stall);
    try {
      return await next();
    } catch (cause) {
      signal.throwIfAborted();
      if (this.#paused.aborted) throw new AbortError(new Paused());
      const reason = this.#stalled.signal.aborted ? `nothing came for ${patience.stall / 1000} seconds` : failure;
      throw new DownloadError(reason, { file: this.url, cause });
    } finally {
      clearTimeout(timer);
    }
  }
}
