import type { GpuDevice } from '../../src/gpu/device';
import { KernelCompiler } from '../../src/gpu/kernel';
import type { ModelConfig } from '../../src/model/config';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import type { ModelWeights } from '../../src/model/oracle/weights';
import { createStepLayouts, StepKernels } from '../../src/model/plan/kernels';
import { Sampler } from '../../src/model/plan/sampler';
import { createStepPlan } from '../../src/model/plan/step-plan';
import { chooseTuning } from '../../src/model/plan/tuning';
import type { Tuning } from '../../src/model/plan/tuning';
import { WeightUpload } from '../../src/model/plan/upload';
import { allocateWeights } from '../../src/model/plan/weights';
import { allocateWorkingBuffers, logitsBinding, stateBytes } from '../../src/model/plan/working-buffers';
import type { Capacity, WorkingBuffers } from '../../src/model/plan/working-buffers';
import type { SamplingOptions } from '../../src/model/sampling-options';
import { StateCache } from '../../src/model/state-cache';
import { FIRST_SLOT, StepRunner } from '../../src/model/step-runner';
import { StorageReader } from './storage-reader';

/** What a run of sampling led to. */
export interface SampledRun {
  ids: number[];
  /** The state after the last fed token, f32 [L, D]. */
  state: Float32Array;
}

/**
 * The parts that LanguageModel is made of, put together with a tuning and a capacity of the test's choice, and with the state
 * within reach.
 */
export class StepModel {
  #position = 0;

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly config: ModelConfig,
    private readonly capacity: Capacity,
    private readonly working: WorkingBuffers,
    private readonly sampler: Sampler,
    private readonly runner: StepRunner,
    private readonly reader: StorageReader,
  ) {}

  static async create(
    gpu: GpuDevice,
    config: ModelConfig,
    weights: ModelWeights,
    options: { tuning?: Partial<Tuning>; capacity?: Partial<Capacity> } = {},
  ): Promise<StepModel> {
    const tuning = chooseTuning(gpu, options.tuning);
    const capacity = { sliceTokens: 64, logitRows: 64, slots: 25, ...options.capacity };
    const compiler = new KernelCompiler(gpu);
    const layouts = createStepLayouts(gpu);
    const places = allocateWeights(gpu, config, 'F32', tuning.codes);
    const working = allocateWorkingBuffers(gpu, config, capacity);
    const kernels = new StepKernels(gpu, compiler, layouts, config, capacity, tuning);
    const shape = { vocabSize: config.vocabSize, slots: capacity.slots, workgroup: tuning.workgroup };
    const [plan, sampler, upload, reader] = await Promise.all([
      createStepPlan(gpu, kernels, layouts, config, 'F32', places, working),
      Sampler.create(gpu, compiler, shape, working.step, logitsBinding(working)),
      WeightUpload.create(gpu, compiler, config, 'F32', places),
      StorageReader.create(gpu),
    ]);
    for (const { name, bytes } of weightsToPackTensors(config, weights)) upload.write({ name, byteOffset: 0, bytes });
    await upload.finish();
    const runner = new StepRunner(gpu, config, capacity, working, plan, sampler, 1);
    return new StepModel(gpu, config, capacity, working, sampler, runner, reader);
  }

  /** Begins a text anew. */
  begin(): void {
    this.runner.beginText(undefined);
    this.#position = 0;
  }

  /** Feeds some more tokens of the text in slices and gives all their logits, f32 [T, V]. */
  async logits(ids: readonly number[], sliceTokens = this.capacity.sliceTokens): Promise<Float32Array> {
    const all = new Float32Array(ids.length * this.config.vocabSize);
    for (let begin = 0; begin < ids.length; begin += sliceTokens) {
      const slice = { ids: ids.slice(begin, begin + sliceTokens), position: this.#position, limit: 0 };
      all.set(await this.runner.logits(slice), begin * this.config.vocabSize);
      this.#position += slice.ids.length;
    }
    return all;
  }

  /** Feeds a prompt in one slice, then samples `count` tokens, `stepsPerSubmit` at a time. */
  async sample(
    prompt: readonly number[],
    options: SamplingOptions,
    count: number,
    stepsPerSubmit = 1,
  ): Promise<SampledRun> {
    const counts = new Uint32Array(this.config.vocabSize);
    for (const id of prompt) counts[id]++;
    this.begin();
    await this.sampler.prepare(options, [], counts);
    const cache = new StateCache(this.gpu, 1, stateBytes(this.config));
    const slice = { ids: prompt, position: 0, limit: count };
    const ids: number[] = [];
    let report = await this.runner.feedLast(slice, prompt, cache);
    for (;;) {
      while (ids.length < report.emitted) ids.push(report.results[ids.length % report.results.length]);
      if (report.ended) break;
      report = await this.runner.decode(stepsPerSubmit);
    }
    // The last sampled token is not fed: the slot after the first holds the state after one token, and so on.
    return { ids, state: await this.state((count - 1) % this.capacity.slots) };
  }

  /** The state in a slot of the ring, f32 [L, D]. */
  async state(slot = FIRST_SLOT): Promise<Float32Array> {
    const begin = this.working.regions.state.offset + slot * stateBytes(this.config);
    return new Float32Array(await this.reader.read(this.working.memory), begin, stateBytes(this.config) / 4);
  }
}
