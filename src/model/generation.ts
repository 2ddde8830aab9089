import type { AllowedTokens } from './generation-options';
import type { OwnStates } from './own-states';
import type { Pacer } from './pace';
import type { Capacity } from './plan/working-buffers';
import type { SampledLogprob } from './sampling-options';
import type { StateCache } from './state-cache';
import type { Snapshot, StateSnapshots } from './state-snapshots';
import type { StepReport, StepRunner } from './step-runner';

/** A submit that is in flight. */
interface Flight {
  steps: number;
  /** Sampled tokens fed at its end, where the generation has not ended before. */
  fed: number;
  report: Promise<StepReport>;
}

/** Sampled tokens after which the state is read again: what a lost device makes to be fed anew. */
const SNAPSHOT_TOKENS = 64;

/** Where states are kept for texts that go on. */
export interface KeptStates {
  cache: StateCache;
  snapshots: StateSnapshots;
  /** Those of the text's own conversation, where it has some. */
  own?: OwnStates | undefined;
}

/** One answer in the making: decode steps that follow each other on the GPU, several submits in flight. */
export class Generation {
  readonly #inFlight: Flight[] = [];
  readonly #tokens: number[] = [];
  readonly #logprobs: SampledLogprob[] = [];
  #firstReport: StepReport | undefined;
  #ended = false;
  #submitted = 0;
  #snapshotDue = SNAPSHOT_TOKENS;
  #snapshot: Snapshot | undefined;
  #lastReportAt = performance.now();

  /**
   * @param prompt ids fed before the first sampled token
   * @param cachedTokens how many of them came from a stored state
   * @param first the report of the submit that sampled the first token
   * @param release called once, when the GPU is free for the next text
   * @param allowed which tokens may come; all if left out
   */
  constructor(
    private readonly runner: StepRunner,
    private readonly states: KeptStates,
    private readonly pacer: Pacer,
    private readonly capacity: Capacity,
    private readonly prompt: readonly number[],
    readonly cachedTokens: number,
    first: StepReport,
    private readonly release: () => void,
    private readonly allowed?: AllowedTokens,
  ) {
    this.#firstReport = first;
  }

  get promptTokens(): number {
    return this.prompt.length;
  }

  /** Of all ids that `next` has given so far; empty where they were not asked for. */
  get logprobs(): readonly SampledLogprob[] {
    return this.#logprobs;
  }

  /** Newly sampled ids, in order; none when the generation has ended. A stop token ends it and is the last id. */
  async next(): Promise<readonly number[]> {
    const first = this.#firstReport;
    if (first) {
      this.#firstReport = undefined;
      return this.#take(first, 0);
    }
    while (!this.#ended) {
      if (this.allowed === undefined) this.#fillFlight();
      else await this.#submitAllowed(this.allowed);
      const flight = this.#inFlight.shift();
      if (flight === undefined) return [];
      const report = await flight.report;
      const now = performance.now();
      this.pacer.measured(flight.steps, now - this.#lastReportAt);
      this.#lastReportAt = now;
      const fresh = this.#take(report, flight.fed);
      if (fresh.length > 0) return fresh;
    }
    return [];
  }

  /**
   * Ends the generation, wherever it is, and stores the state after the prompt and the first `keptTokens` sampled ids,
   * so that a text which begins with them goes on from there. To be called once.
   */
  async end(keptTokens: number): Promise<void> {
    try {
      for (const { report, fed } of this.#inFlight.splice(0)) this.#take(await report, fed);
      // The last sampled token is not fed.
      const fed = this.#tokens.length - 1;
      const kept = Math.min(keptTokens, fed);
      const isInRing = fed - kept < this.capacity.slots;
      if (kept > 0 && isInRing) {
        const ids = this.#textOf(kept);
        void this.#keep(ids, this.runner.storeState(ids, kept % this.capacity.slots, this.states.cache));
      }
    } finally {
      this.release();
    }
  }

  #fillFlight(): void {
    const { stepsPerSubmit, submitsInFlight } = this.pacer.pace;
    while (this.#inFlight.length < submitsInFlight) this.#submit(stepsPerSubmit);
  }

  /** One step, as each mask hangs on the token before. */
  async #submitAllowed(allowed: AllowedTokens): Promise<void> {
    this.runner.allow(await allowed(this.#tokens));
    this.#lastReportAt = performance.now();
    this.#submit(1);
  }

  #submit(steps: number): void {
    this.#submitted += steps;
    const isDue = this.#submitted >= this.#snapshotDue;
    if (isDue) this.#snapshotDue += SNAPSHOT_TOKENS;
    const report = this.runner.decode(steps, isDue ? this.#submitted % this.capacity.slots : undefined);
    // Awaited in order later; a lost device rejects them all, and the first rejection is the one that is thrown.
    report.catch(() => undefined);
    this.#inFlight.push({ steps, fed: this.#submitted, report });
  }

  #take({ ended, emitted, results, state, logprobs }: StepReport, fed: number): readonly number[] {
    const fresh: number[] = [];
    for (let index = this.#tokens.length; index < emitted; index++) {
      const place = index % results.length;
      fresh.push(results[place]);
      if (logprobs) this.#logprobs.push(logprobs(place, results[place]));
    }
    this.#tokens.push(...fresh);
    this.#ended = ended;
    // Steps after the end wrote no state into their slots.
    if (state !== undefined && emitted === fed + 1) void this.#keep(this.#textOf(fed), state);
    return fresh;
  }

  /** Never rejects: where the device is lost, the snapshot before is the best there is. */
  async #keep(ids: readonly number[], state: Promise<Float32Array<ArrayBuffer>>): Promise<void> {
    this.states.own?.keep(ids, state);
    try {
      const snapshot = this.states.snapshots.keep(ids, await state, this.#snapshot);
      // The prompt's is kept beside those of its answer.
      if (ids.length > this.prompt.length) this.#snapshot = snapshot;
    } catch {
      return;
    }
  }

  /** The prompt and the first sampled ids. */
  #textOf(tokens: number): number[] {
    return [...this.prompt, ...this.#tokens.slice(0, tokens)];
  }
}
