import { GpuError, RequestError } from '../errors';
import type { GpuDevice } from '../gpu/device';
import { assembleModel, type ModelParts } from './assemble';
import type { Calibrator } from './calibrator';
import type { ModelConfig } from './config';
import { Generation, type KeptStates } from './generation';
import type { GenerationOptions } from './generation-options';
import type { ModelOptions } from './model-options';
import type { OwnStates } from './own-states';
import { type Pace, Pacer } from './pace';
import type { Calibration } from './plan/calibrate';
import type { TuningName } from './plan/candidates';
import { MAX_STOP_TOKENS } from './plan/sampler';
import { stateBytes } from './plan/working-buffers';
import { feedPrompt } from './prefill';
import type { TensorPortion } from './shard-reader';
import { StateCache, STORED_STATES } from './state-cache';
import { StateSnapshots } from './state-snapshots';
import type { EmbeddingType } from './tensors';

export type { Generation } from './generation';
export type { GenerationOptions } from './generation-options';
export type { ModelOptions } from './model-options';

/** A MatMul-free language model on the GPU: weights, working memory, and the texts it feeds and samples. */
export class LanguageModel {
  readonly #states: KeptStates;
  readonly #pacer: Pacer;
  #calibrator: Calibrator | undefined;
  #busy = false;
  #compileFailure: Error | undefined;

  private constructor(
    private readonly gpu: GpuDevice,
    readonly config: ModelConfig,
    private readonly parts: ModelParts,
    pace: Pace | undefined,
    snapshots: StateSnapshots,
  ) {
    parts.runtime.catch((error: unknown) => {
      this.#compileFailure = error instanceof Error ? error : new GpuError(String(error));
    });
    this.#states = { cache: new StateCache(gpu, STORED_STATES, stateBytes(config)), snapshots };
    this.#pacer = new Pacer(pace);
    this.#calibrator = parts.calibrator;
  }

  /**
   * Allocates all buffers and begins to compile all kernels, which `finishLoading` waits for; the weights come with `write`.
   * @param remembered what `calibrate` found for such a model on such a device
   * @param snapshots states of texts; those of an earlier device go on from there
   * @throws GpuError when the device offers less than the model needs.
   */
  static async create(
    gpu: GpuDevice,
    config: ModelConfig,
    embeddings: EmbeddingType,
    options: ModelOptions = {},
    remembered?: TuningName,
    snapshots = new StateSnapshots(),
  ): Promise<LanguageModel> {
    const parts = await assembleModel(gpu, config, embeddings, options, remembered);
    return new LanguageModel(gpu, config, parts, options.pace, snapshots);
  }

  /** The tuning of decode steps when the model was made. */
  get tuning(): TuningName {
    return this.parts.tuning;
  }

  /** Bytes allocated on the GPU, by kind. */
  get bytesByKind(): Record<string, number> {
    return this.gpu.memory.bytesByKind;
  }

  /** Uploads a portion of a pack tensor. @throws PackError for a tensor that the model does not have. */
  write(portion: TensorPortion): void {
    this.parts.upload.write(portion);
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
    await this.parts.upload.finish();
    await this.parts.runtime;
  }

  /**
   * Feeds the prompt, from the longest stored prefix on, and samples the first token.
   * @param onPrefill called with the prompt tokens fed so far and all of them
   * @param own states of the conversation, which it may go on from, and is given more of
   * @throws RequestError for an empty prompt or an id outside the vocabulary; the signal's reason when aborted.
   */
  async generate(
    prompt: readonly number[],
    options: GenerationOptions,
    signal?: AbortSignal,
    onPrefill?: (done: number, total: number) => void,
    own?: OwnStates,
  ): Promise<Generation> {
    this.#checkIds(prompt, 'prompt');
    if (options.stopTokenIds.length > MAX_STOP_TOKENS) {
      throw new RequestError(`At most ${MAX_STOP_TOKENS} stop tokens are possible.`, { field: 'stop' });
    }
    this.#occupy();
    try {
      const { runner, sampler } = await this.parts.runtime;
      const stored = this.#longestPrefix(prompt, own);
      const cached = stored?.ids.length ?? 0;
      const mask = await options.allowed?.([]);
      runner.beginText(stored?.state);
      await sampler.prepare(options, options.stopTokenIds, this.#count(prompt));
      if (mask !== undefined) {
        await sampler.constrain();
        sampler.allow(mask);
      }
      const text = { ids: prompt, cached, limit: options.maxTokens, isShared: options.sharesPrompt === true };
      const first = await feedPrompt(runner, this.#states.cache, this.parts.prefillPacer, text, signal, onPrefill);
      const states = { ...this.#states, own };
      const release = () => {
        this.#busy = false;
      };
      const { capacity } = this.parts;
      return new Generation(runner, states, this.#pacer, capacity, prompt, cached, first, release, options.allowed);
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
      const { runner } = await this.parts.runtime;
      const all = new Float32Array(ids.length * this.config.vocabSize);
      runner.beginText(undefined);
      for (let position = 0; position < ids.length; position += this.parts.capacity.logitRows) {
        signal?.throwIfAborted();
        const slice = { ids: ids.slice(position, position + this.parts.capacity.logitRows), position, limit: 0 };
        all.set(await runner.logits(slice), position * this.config.vocabSize);
      }
      return all;
    } finally {
      this.#busy = false;
    }
  }

  /** Whether there are tunings to be tried: none on a CPU adapter, where options say so, and after the choice. */
  get canCalibrate(): boolean {
    return this.#calibrator !== undefined;
  }

  /** Compiles what `calibrate` compares, also while a text is worked on. @throws the signal's reason when aborted. */
  async compileCandidates(signal: AbortSignal): Promise<void> {
    await this.#calibrator?.compile(signal);
  }

  /**
   * Measures the compiled candidates and goes on with the fastest; texts are the same with each. Stops when aborted within
   * some 30 ms or one decode step, and may be called again then.
   * @throws GpuError when there is nothing to be tried; the signal's reason when aborted.
   */
  async calibrate(signal: AbortSignal, clock = () => performance.now()): Promise<Calibration<TuningName>> {
    const calibrator = this.#calibrator;
    if (calibrator === undefined) throw new GpuError('The tuning of this model is settled.');
    this.#occupy();
    try {
      const { runner, sampler } = await this.parts.runtime;
      const calibration = await calibrator.measure(runner, sampler, this.config.vocabSize, clock, signal);
      this.#calibrator = undefined;
      return calibration;
    } finally {
      this.#busy = false;
    }
  }

  /** Frees the device and everything on it. */
  dispose(): void {
    this.gpu.dispose();
  }

  #longestPrefix(ids: readonly number[], own: OwnStates | undefined) {
    const { cache, snapshots } = this.#states;
    const found = [cache.longestPrefix(ids), snapshots.longestPrefix(ids), own?.longestPrefix(ids)];
    return found.reduce((best, one) => (one && one.ids.length > (best?.ids.length ?? 0) ? one : best));
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
