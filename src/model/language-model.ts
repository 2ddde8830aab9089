import { GpuError, RequestError } from '../errors';
import type { GpuDevice } from '../gpu/device';
import { KernelCompiler } from '../gpu/kernel';
import { Calibrator } from './calibrator';
import type { ModelConfig } from './config';
import { Generation } from './generation';
import type { GenerationOptions } from './generation-options';
import { MEMORY_CHOICES, type MemoryMode } from './memory-mode';
import { FASTEST_PACE, type Pace, Pacer } from './pace';
import type { Calibration } from './plan/calibrate';
import { candidates, type TuningName } from './plan/candidates';
import { tuningThatFits } from './plan/fused-memory';
import { createStepLayouts, StepKernels } from './plan/kernels';
import { MAX_STOP_TOKENS, Sampler } from './plan/sampler';
import { createStepPlan } from './plan/step-plan';
import { chooseTuning, isForced, prefillGrain, type Tuning } from './plan/tuning';
import { WeightUpload } from './plan/upload';
import { allocateWeights } from './plan/weights';
import { allocateWorkingBuffers, logitsBinding, type Capacity, stateBytes, tokenBytes } from './plan/working-buffers';
import type { TensorPortion } from './shard-reader';
import { feedPrompt } from './prefill';
import { longestSlice, type PrefillPace, PrefillPacer } from './prefill-pace';
import { StateCache } from './state-cache';
import { StepRunner } from './step-runner';
import type { EmbeddingType } from './tensors';

export type { Generation } from './generation';
export type { GenerationOptions } from './generation-options';

export interface ModelOptions extends Partial<Tuning> {
  /** `fast`, the default, or `compact`: ternary weights of 1.6 bits instead of 2, which take more work, and shorter slices. */
  memory?: MemoryMode;
  /** Keeps to one pace of decoding, as counts of submits need it. */
  pace?: Pace;
  /** Keeps to one pace of feeding prompts. */
  prefillPace?: PrefillPace;
  /** False keeps to the default tuning; so do options that force a part of it or a pace of decoding. */
  calibrate?: boolean;
}

/** Copies of states kept for texts that go on from an earlier one. */
const STORED_STATES = 8;
/** Sampled tokens that can be taken back beyond those in flight: a stop string is seen some tokens late. */
const REWIND_TOKENS = 8;

const NO_TUNINGS: ReadonlyMap<TuningName, Tuning> = new Map();

/** What runs steps: there when all kernels are compiled. */
interface Runtime {
  sampler: Sampler;
  runner: StepRunner;
}

/** A MatMul-free language model on the GPU: weights, working memory, and the texts it feeds and samples. */
export class LanguageModel {
  readonly #cache: StateCache;
  readonly #pacer: Pacer;
  #busy = false;
  #compileFailure: Error | undefined;

  private constructor(
    private readonly gpu: GpuDevice,
    readonly config: ModelConfig,
    private readonly capacity: Capacity,
    private readonly upload: WeightUpload,
    private readonly runtime: Promise<Runtime>,
    private readonly prefillPacer: PrefillPacer,
    pace: Pace | undefined,
    /** The tuning of decode steps when the model was made. */
    readonly tuning: TuningName,
    private calibrator: Calibrator | undefined,
  ) {
    runtime.catch((error: unknown) => {
      this.#compileFailure = error instanceof Error ? error : new GpuError(String(error));
    });
    this.#cache = new StateCache(gpu, STORED_STATES, stateBytes(config));
    this.#pacer = new Pacer(pace);
  }

  /**
   * Allocates all buffers and begins to compile all kernels, which `finishLoading` waits for; the weights come with `write`.
   * @param remembered what `calibrate` found for such a model on such a device
   * @throws GpuError when the device offers less than the model needs.
   */
  static async create(
    gpu: GpuDevice,
    config: ModelConfig,
    embeddings: EmbeddingType,
    options: ModelOptions = {},
    remembered?: TuningName,
  ): Promise<LanguageModel> {
    const { codes, sliceBytes } = MEMORY_CHOICES[options.memory ?? 'fast'];
    const chosen = chooseTuning(gpu, { codes, ...options });
    const capacity = chooseCapacity(gpu, config, chosen, sliceBytes, options.prefillPace);
    const tuning = tuningThatFits(gpu, config, chosen);
    const compiler = new KernelCompiler(gpu);
    const layouts = createStepLayouts(gpu);
    const { weights, working } = await gpu.checked('Allocating the model', () => ({
      weights: allocateWeights(gpu, config, embeddings, tuning.codes),
      working: allocateWorkingBuffers(gpu, config, capacity),
    }));
    const tunings = mayCalibrate(gpu, options) ? candidates(gpu, config, tuning) : NO_TUNINGS;
    const known = remembered !== undefined && tunings.has(remembered) ? remembered : undefined;
    const kernelsOf = (own: Tuning, from: KernelCompiler) => new StepKernels(gpu, from, layouts, config, capacity, own);
    const kernels = kernelsOf(tuning, compiler);
    const planWith = (decodeKernels: StepKernels) =>
      createStepPlan(gpu, kernels, layouts, config, embeddings, weights, working, decodeKernels);
    const shape = { vocabSize: config.vocabSize, slots: capacity.slots, workgroup: tuning.workgroup };
    // First of all the one kernel that uploads wait for.
    const uploading = WeightUpload.create(gpu, compiler, config, embeddings, weights);
    const compiling = Promise.all([
      // What compiled once need not do so for ever: drivers are updated.
      planWith(kernelsOf(tunings.get(known ?? 'default') ?? tuning, compiler)).catch(() => planWith(kernels)),
      Sampler.create(gpu, compiler, shape, working.step, logitsBinding(working)),
    ]);
    const submits = options.pace?.submitsInFlight ?? FASTEST_PACE.submitsInFlight;
    const runtime = compiling.then(([plan, sampler]) => ({
      sampler,
      runner: new StepRunner(gpu, config, capacity, working, plan, sampler, submits),
    }));
    // Told by `flush` and `finishLoading`; until the upload's kernel is there, nobody listens.
    runtime.catch(() => undefined);
    const prefillPacer = new PrefillPacer(prefillGrain(tuning), capacity.sliceTokens, options.prefillPace);
    // What loses is let go with its compiler.
    const candidateCompiler = new KernelCompiler(gpu);
    const build = async (name: TuningName) => {
      const { plan } = (await runtime).runner;
      const own = name === 'default' ? undefined : tunings.get(name);
      return own === undefined ? plan : plan.withDecode(kernelsOf(own, candidateCompiler));
    };
    const isSettled = known !== undefined || tunings.size < 2;
    return new LanguageModel(
      gpu,
      config,
      capacity,
      await uploading,
      runtime,
      prefillPacer,
      options.pace,
      known ?? 'default',
      isSettled ? undefined : new Calibrator([...tunings.keys()], build),
    );
  }

  /** Bytes allocated on the GPU, by kind. */
  get bytesByKind(): Record<string, number> {
    return this.gpu.memory.bytesByKind;
  }

  /** Uploads a portion of a pack tensor. @throws PackError for a tensor that the model does not have. */
  write(portion: TensorPortion): void {
    this.upload.write(portion);
  }

  /** Resolves when all uploads so far are done on the GPU. @throws GpuError when a kernel was found not to compile. */
  async flush(): Promise<void> {
    await this.gpu.device.queue.onSubmittedWorkDone();
    if (this.#compileFailure !== undefined) throw this.#compileFailure;
  }

  /**
   * Waits for the uploads and for all kernels; to be called after the last `write`.
   * @throws PackError when ternary codes were invalid; GpuError when a kernel does not compile.
   */
  async finishLoading(): Promise<void> {
    await this.upload.finish();
    await this.runtime;
  }

  /**
   * Feeds the prompt, from the longest stored prefix on, and samples the first token.
   * @param onPrefill called with the prompt tokens fed so far and all of them
   * @throws RequestError for an empty prompt or an id outside the vocabulary; the signal's reason when aborted.
   */
  async generate(
    prompt: readonly number[],
    options: GenerationOptions,
    signal?: AbortSignal,
    onPrefill?: (done: number, total: number) => void,
  ): Promise<Generation> {
    this.#checkIds(prompt, 'prompt');
    if (options.stopTokenIds.length > MAX_STOP_TOKENS) {
      throw new RequestError(`At most ${MAX_STOP_TOKENS} stop tokens are possible.`, { field: 'stop' });
    }
    this.#occupy();
    try {
      const { runner, sampler } = await this.runtime;
      const stored = this.#cache.longestPrefix(prompt);
      const cached = stored?.ids.length ?? 0;
      runner.beginText(stored?.state);
      await sampler.prepare(options, options.stopTokenIds, this.#count(prompt));
      const text = { ids: prompt, cached, limit: options.maxTokens };
      const first = await feedPrompt(runner, this.#cache, this.prefillPacer, text, signal, onPrefill);
      return new Generation(runner, this.#cache, this.#pacer, this.capacity, prompt, cached, first, () => {
        this.#busy = false;
      });
    } catch (error) {
      this.#busy = false;
      throw error;
    }
  }

  /**
   * Logits of every token of a text, f32 [T, V], for evaluation.
   * @throws RequestError for an empty text or an id outside the vocabulary; the signal's reason when aborted.
   */
  async logits(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    this.#checkIds(ids, 'ids');
    this.#occupy();
    try {
      const { runner } = await this.runtime;
      const all = new Float32Array(ids.length * this.config.vocabSize);
      runner.beginText(undefined);
      for (let position = 0; position < ids.length; position += this.capacity.logitRows) {
        signal?.throwIfAborted();
        const slice = { ids: ids.slice(position, position + this.capacity.logitRows), position, limit: 0 };
        all.set(await runner.logits(slice), position * this.config.vocabSize);
      }
      return all;
    } finally {
      this.#busy = false;
    }
  }

  /** Whether there are tunings to be tried: none on a CPU adapter, where options say so, and after the choice. */
  get canCalibrate(): boolean {
    return this.calibrator !== undefined;
  }

  /** Compiles what `calibrate` compares, also while a text is worked on. @throws the signal's reason when aborted. */
  async compileCandidates(signal: AbortSignal): Promise<void> {
    await this.calibrator?.compile(signal);
  }

  /**
   * Measures the compiled candidates and goes on with the fastest; texts are the same with each. Stops when aborted within
   * some 30 ms or one decode step, and may be called again then.
   * @throws GpuError when there is nothing to be tried; the signal's reason when aborted.
   */
  async calibrate(signal: AbortSignal, clock = () => performance.now()): Promise<Calibration<TuningName>> {
    const { calibrator } = this;
    if (calibrator === undefined) throw new GpuError('The tuning of this model is settled.');
    this.#occupy();
    try {
      const { runner, sampler } = await this.runtime;
      const calibration = await calibrator.measure(runner, sampler, this.config.vocabSize, clock, signal);
      this.calibrator = undefined;
      return calibration;
    } finally {
      this.#busy = false;
    }
  }

  /** Frees the device and everything on it. */
  dispose(): void {
    this.gpu.dispose();
  }

  #occupy(): void {
    if (this.#busy) throw new GpuError('The model is working on another text; end that first.');
    this.#busy = true;
  }

  #checkIds(ids: readonly number[], field: string): void {
    if (ids.length === 0) throw new RequestError('At least one token is needed.', { field });
    const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= this.config.vocabSize);
    if (wrong >= 0) {
      throw new RequestError(`${ids[wrong]} is no id of the vocabulary, which has ${this.config.vocabSize}.`, {
        field: `${field}[${wrong}]`,
      });
    }
  }

  #count(ids: readonly number[]): Uint32Array<ArrayBuffer> {
    const counts = new Uint32Array(this.config.vocabSize);
    for (const id of ids) counts[id]++;
    return counts;
  }
}

/** CPU adapters keep the default: trying others would take them long, and a calibration measures at the fastest pace. */
function mayCalibrate(gpu: GpuDevice, options: ModelOptions): boolean {
  const isFixed = options.pace !== undefined || isForced(gpu, options);
  return options.calibrate !== false && !isFixed && !gpu.adapter.fallback;
}

/** CPU adapters take small slices, so that a slice stays short. */
function chooseCapacity(
  gpu: GpuDevice,
  config: ModelConfig,
  tuning: Tuning,
  sliceBytes: number,
  prefillPace: PrefillPace | undefined,
): Capacity {
  const grain = prefillGrain(tuning);
  const longest = gpu.adapter.fallback ? grain : longestSlice(grain, tokenBytes(config), sliceBytes);
  return {
    sliceTokens: prefillPace?.sliceTokens ?? longest,
    logitRows: tuning.tokensPerBlock,
    slots: FASTEST_PACE.stepsPerSubmit * FASTEST_PACE.submitsInFlight + REWIND_TOKENS + 1,
  };
}
