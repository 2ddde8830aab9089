import { vi } from 'vitest';
import { record } from '../../src/gpu/dispatch';
import { Sampler, SAMPLING_HEADER_WORDS } from '../../src/model/plan/sampler';
import type { SamplerShape } from '../../src/model/plan/sampler';
import { STEP_HEADER_WORDS } from '../../src/model/plan/working-buffers';
import type { SampledLogprob, SamplingOptions } from '../../src/model/sampling-options';
import type { HarnessDevice } from './kernel-harness';

/** What is to be chosen from. */
export interface SamplerInput {
  logits: Float32Array;
  counts: Uint32Array;
  options: SamplingOptions;
  stopTokenIds?: readonly number[];
  /** Bits of the tokens that may be chosen. */
  mask?: Uint32Array<ArrayBuffer> | undefined;
}

/** Step of src/shaders/step.wgsl, as far as the sampler reads and writes it. */
export interface SamplerStep {
  count: number;
  slotIn: number;
  slotOut: number;
  ended: number;
  position: number;
  emitted: number;
  limit: number;
  results: readonly number[];
  /** The token to feed next. */
  token: number;
}

/** Runs the production sampler on logits that a test chooses. */
export class SamplerHarness {
  private constructor(
    private readonly device: HarnessDevice,
    private readonly shape: SamplerShape,
    private readonly step: GPUBuffer,
    private readonly logits: GPUBuffer,
    /** Made by the sampler itself. */
    private readonly sampling: GPUBuffer,
    private readonly sampler: Sampler,
  ) {}

  /** Frees what the harness before it on this device held. */
  static async create(device: HarnessDevice, shape: SamplerShape): Promise<SamplerHarness> {
    const { gpu, compiler } = device;
    gpu.memory.freeAll();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const step = gpu.memory.create('test', 'step', (STEP_HEADER_WORDS + shape.slots + 1) * 4, usage);
    const logits = gpu.memory.create('test', 'logits', shape.vocabSize * 4, usage);
    const made = vi.spyOn(gpu.memory, 'create');
    const sampler = await Sampler.create(gpu, compiler, shape, step, { buffer: logits });
    const sampling = made.mock.results.map(({ value }) => value as GPUBuffer).find(({ label }) => label === 'sampling');
    made.mockRestore();
    if (sampling === undefined) throw new Error('the sampler keeps no memory of its own');
    return new SamplerHarness(device, shape, step, logits, sampling, sampler);
  }

  /** Sets a step up; the token at `position` of the text is the next to be chosen. */
  async prepare(
    { logits, counts, options, stopTokenIds = [], mask }: SamplerInput,
    fields: Partial<SamplerStep>,
  ): Promise<void> {
    const { queue } = this.device.gpu.device;
    const { slots } = this.shape;
    const step = {
      count: 1,
      slotIn: 0,
      slotOut: 1 % slots,
      ended: 0,
      position: 0,
      emitted: 0,
      limit: 2 ** 31,
      ...fields,
    };
    const { count, slotIn, slotOut, ended, position, emitted, limit } = step;
    queue.writeBuffer(this.step, 0, Uint32Array.of(count, slotIn, slotOut, ended, position, emitted, limit, slots));
    queue.writeBuffer(this.logits, 0, logits.slice());
    await this.sampler.prepare(options, stopTokenIds, counts);
    if (mask === undefined) return;
    await this.sampler.constrain();
    this.sampler.allow(mask);
  }

  /** Chooses once, or a few times from the same logits (those that penalties have changed). */
  run(times = 1): void {
    const { device } = this.device.gpu;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let index = 0; index < times; index++) record(pass, this.sampler.dispatches);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  async readStep(): Promise<SamplerStep> {
    const words = [...new Uint32Array(await this.device.reader.read(this.step))];
    const [count, slotIn, slotOut, ended, position, emitted, limit] = words;
    const results = words.slice(STEP_HEADER_WORDS, -1);
    return { count, slotIn, slotOut, ended, position, emitted, limit, results, token: words[words.length - 1] };
  }

  async readCounts(): Promise<Uint32Array> {
    const words = new Uint32Array(await this.device.reader.read(this.sampling));
    return words.slice(SAMPLING_HEADER_WORDS, SAMPLING_HEADER_WORDS + this.shape.vocabSize);
  }

  /** The log probabilities of a result, by its place in the ring and its id. */
  async readLogprobs(): Promise<(place: number, id: number) => SampledLogprob> {
    const { logprobs } = this.sampler;
    if (logprobs === undefined) throw new Error('they were not asked for');
    const words = await this.device.reader.read(logprobs.buffer);
    return logprobs.reader(words.slice(0, logprobs.bytes));
  }

  /** What some inputs lead to, each on its own. Positions are those of the tokens chosen. */
  async chooseEach(inputs: readonly (SamplerInput & { position: number })[]): Promise<number[]> {
    const { device } = this.device.gpu;
    const size = inputs.length * 4;
    const chosen = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const tokenOffset = this.step.size - 4;
    for (const [index, input] of inputs.entries()) {
      await this.prepare(input, { position: (input.position - 1) >>> 0 });
      this.run();
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.step, tokenOffset, chosen, index * 4, 4);
      device.queue.submit([encoder.finish()]);
    }
    await chosen.mapAsync(GPUMapMode.READ);
    const ids = [...new Uint32Array(chosen.getMappedRange())];
    chosen.destroy();
    return ids;
  }
}
