import type { GpuDevice } from '../gpu/device';
import { record } from '../gpu/dispatch';
import { ReadbackRing } from '../gpu/readback';
import type { ModelConfig } from './config';
import type { Logprobs } from './plan/logprobs';
import type { Sampler } from './plan/sampler';
import type { StepPlan } from './plan/step-plan';
import { type Capacity, STEP_HEADER_WORDS, stateBytes, type WorkingBuffers } from './plan/working-buffers';
import type { SampledLogprob } from './sampling-options';
import type { StateCache } from './state-cache';

/** Where a generation stands on the GPU after some submit. */
export interface StepReport {
  ended: boolean;
  /** Tokens sampled so far. */
  emitted: number;
  /** The last sampled tokens, as a ring indexed by `emitted`. */
  results: Uint32Array;
  /** The state in the slot that was asked for, f32 [L, D]; it may come later than the report, which is waited for. */
  state: Promise<Float32Array<ArrayBuffer>> | undefined;
  /** The log probabilities of a result, where they were asked for. */
  logprobs: ((place: number, id: number) => SampledLogprob) | undefined;
}

/** What a prefill slice feeds. */
export interface Slice {
  ids: readonly number[];
  /** Tokens fed before it. */
  position: number;
  /** Tokens that the generation may sample. */
  limit: number;
}

/** More tokens than are ever sampled. */
const NO_LIMIT = 0xffffffff;

/** The slot of the state ring in which a text begins and prefill stays. */
export const FIRST_SLOT = 0;

/** States that are read back at once at most: of an answer's last submit, of its end, and of the next prompt. */
const STATES_IN_FLIGHT = 3;

/** Submits a model's steps: the only place that records and submits them. */
export class StepRunner {
  readonly #reports: ReadbackRing;
  readonly #reportBytes: number;
  readonly #states: ReadbackRing;
  #logprobs: ReadbackRing | undefined;

  constructor(
    private readonly gpu: GpuDevice,
    private readonly config: ModelConfig,
    private readonly capacity: Capacity,
    private readonly working: WorkingBuffers,
    /** Of the steps that come; all plans of a model give the same bits. */
    public plan: StepPlan,
    private readonly sampler: Sampler,
    private readonly submitsInFlight: number,
  ) {
    this.#reportBytes = (STEP_HEADER_WORDS + capacity.slots) * 4;
    this.#reports = new ReadbackRing(gpu.memory, 'report', this.#reportBytes, submitsInFlight + 1);
    this.#states = new ReadbackRing(gpu.memory, 'state', stateBytes(config), STATES_IN_FLIGHT);
  }

  /** Puts a stored state into the first slot, or zeros. */
  beginText(state: GPUBuffer | Float32Array<ArrayBuffer> | undefined): void {
    const bytes = stateBytes(this.config);
    const { memory } = this.working;
    if (state instanceof Float32Array) {
      this.gpu.device.queue.writeBuffer(memory, this.#slotOffset(FIRST_SLOT), state);
      return;
    }
    const encoder = this.gpu.device.createCommandEncoder();
    if (state) encoder.copyBufferToBuffer(state, 0, memory, this.#slotOffset(FIRST_SLOT), bytes);
    else encoder.clearBuffer(memory, this.#slotOffset(FIRST_SLOT), bytes);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** Begins a text that nobody reads and that does not end, for `decode` to be measured. */
  beginEndless(): void {
    this.beginText(undefined);
    this.#writeStep({ ids: [0], position: 0, limit: NO_LIMIT });
  }

  /** Feeds a slice that is not the prompt's last. */
  feed(slice: Slice): Promise<undefined> {
    this.#writeStep(slice);
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass, this.plan.feed(slice.ids.length));
    pass.end();
    this.gpu.device.queue.submit([encoder.finish()]);
    return this.gpu.device.queue.onSubmittedWorkDone();
  }

  /** Feeds the prompt's last slice, stores and reads the state after `prompt`, and samples the first token. */
  feedLast(slice: Slice, prompt: readonly number[], cache: StateCache): Promise<StepReport> {
    this.#writeStep(slice);
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass, [...this.plan.feed(slice.ids.length), ...this.plan.lastLogits, ...this.sampler.dispatches]);
    pass.end();
    cache.store(encoder, prompt, this.working.memory, this.#slotOffset(FIRST_SLOT));
    return this.#submitWithReport(encoder, FIRST_SLOT);
  }

  /**
   * Feeds the last sampled token and samples the next one, `steps` times, in one pass.
   * @param readSlot the slot of the state ring that is read afterwards
   */
  decode(steps: number, readSlot?: number): Promise<StepReport> {
    const encoder = this.gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    const step = [...this.plan.feed(1), ...this.plan.oneLogits, ...this.sampler.dispatches];
    for (let index = 0; index < steps; index++) record(pass, step);
    pass.end();
    return this.#submitWithReport(encoder, readSlot);
  }

  /** Says which tokens may be sampled by the steps submitted from now on; see Sampler. */
  allow(mask: Uint32Array<ArrayBuffer>): void {
    this.sampler.allow(mask);
  }

  /** Stores the state after `ids` from a slot of the ring. */
  keepState(ids: readonly number[], slot: number, cache: StateCache): void {
    const encoder = this.gpu.device.createCommandEncoder();
    cache.store(encoder, ids, this.working.memory, this.#slotOffset(slot));
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /** As `keepState`, and reads it. */
  storeState(ids: readonly number[], slot: number, cache: StateCache): Promise<Float32Array<ArrayBuffer>> {
    const encoder = this.gpu.device.createCommandEncoder();
    cache.store(encoder, ids, this.working.memory, this.#slotOffset(slot));
    const read = this.#copyState(encoder, slot);
    this.gpu.device.queue.submit([encoder.finish()]);
    return read();
  }

  /** Feeds a slice and gives the logits of all its tokens, f32 [count, V]. */
  async logits(slice: Slice): Promise<Float32Array> {
    this.#writeStep(slice);
    const count = slice.ids.length;
    const bytes = count * this.config.vocabSize * 4;
    const { device, memory } = this.gpu;
    const ring = new ReadbackRing(memory, 'logits', bytes, 1);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass, [...this.plan.feed(count), ...this.plan.allLogits(count)]);
    pass.end();
    const read = ring.copy(encoder, this.working.memory, this.working.regions.logits.offset, bytes);
    device.queue.submit([encoder.finish()]);
    const values = new Float32Array(await read());
    ring.dispose();
    return values;
  }

  #slotOffset(slot: number): number {
    return this.working.regions.state.offset + slot * stateBytes(this.config);
  }

  #writeStep({ ids, position, limit }: Slice): void {
    const { slots } = this.capacity;
    const words = new Uint32Array(STEP_HEADER_WORDS + slots + ids.length);
    words.set([ids.length, FIRST_SLOT, FIRST_SLOT, 0, position, 0, limit, slots]);
    words.set(ids, STEP_HEADER_WORDS + slots);
    this.gpu.device.queue.writeBuffer(this.working.step, 0, words);
  }

  async #submitWithReport(encoder: GPUCommandEncoder, readSlot?: number): Promise<StepReport> {
    const readReport = this.#reports.copy(encoder, this.working.step, 0, this.#reportBytes);
    const readLogprobs = this.#copyLogprobs(encoder, this.sampler.logprobs);
    const readState = readSlot === undefined ? undefined : this.#copyState(encoder, readSlot);
    this.gpu.device.queue.submit([encoder.finish()]);
    const report = readReport();
    const logprobs = readLogprobs();
    const state = readState?.();
    // A lost device rejects them all, and the report is the one that is waited for.
    for (const others of [logprobs, state]) others?.catch(() => undefined);
    const words = new Uint32Array(await report);
    const results = words.subarray(STEP_HEADER_WORDS);
    return { ended: words[3] !== 0, emitted: words[5], results, state, logprobs: await logprobs };
  }

  #copyLogprobs(encoder: GPUCommandEncoder, logprobs: Logprobs | undefined): () => Promise<StepReport['logprobs']> {
    if (logprobs === undefined) return () => Promise.resolve(undefined);
    const { buffer, bytes } = logprobs;
    this.#logprobs ??= new ReadbackRing(this.gpu.memory, 'logprobs', bytes, this.submitsInFlight + 1);
    const read = this.#logprobs.copy(encoder, buffer, 0, bytes);
    return async () => logprobs.reader(await read());
  }

  #copyState(encoder: GPUCommandEncoder, slot: number): () => Promise<Float32Array<ArrayBuffer>> {
    const offset = this.#slotOffset(slot);
    const read = this.#states.copy(encoder, this.working.memory, offset, stateBytes(this.config));
    return async () => new Float32Array(await read());
  }
}
