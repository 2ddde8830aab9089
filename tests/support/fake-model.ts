import type { GenerationOptions } from '../../src/model/generation-options';
import type { SampledLogprob } from '../../src/model/sampling-options';
import type { TensorPortion } from '../../src/model/shard-reader';
import type { TuningName } from '../../src/model/plan/candidates';
import type { Model, OpenedDevice, RunningGeneration } from '../../src/worker/model';

/** Stands in for the GPU's model where a test is about what goes on around it: it says a given text, some tokens at a time. */
export class FakeModel implements Model {
  readonly bytesByKind = { weights: 1 };
  tuning: TuningName = 'default';
  canCalibrate = false;
  /** Calls of `calibrate` that came to an end, and those that were broken off. */
  readonly calibrations = { done: 0, brokenOff: 0 };
  readonly written: TensorPortion[] = [];
  /** The kept tokens of each generation that was ended, in order. */
  readonly ended: number[] = [];
  /** Generations that are going on: the real model refuses a second one. */
  running = 0;
  disposals = 0;
  /** Fails a call with this, once. */
  failure: Error | undefined;
  /** Is called before each step of a generation. */
  onStep: (() => void) | undefined;
  calibrationRounds = 3;

  constructor(
    private readonly answer: readonly number[],
    private readonly tokensPerStep = 2,
  ) {}

  write(portion: TensorPortion): void {
    this.written.push({ ...portion, bytes: portion.bytes.slice() });
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  finishLoading(): Promise<void> {
    return Promise.resolve();
  }

  generate(prompt: readonly number[], options: GenerationOptions, signal: AbortSignal): Promise<RunningGeneration> {
    signal.throwIfAborted();
    this.#fail();
    if (this.running > 0) throw new Error('the model is at work');
    this.running++;
    const tokens = this.answer.slice(0, options.maxTokens);
    const stop = tokens.findIndex((id) => options.stopTokenIds.includes(id));
    if (stop >= 0) tokens.length = stop + 1;
    const logprobs: SampledLogprob[] = [];
    return Promise.resolve({
      promptTokens: prompt.length,
      cachedTokens: 0,
      logprobs,
      next: async () => {
        await new Promise((resolve) => setTimeout(resolve));
        this.onStep?.();
        this.#fail();
        const fresh = tokens.splice(0, this.tokensPerStep);
        if (options.topLogprobs !== undefined) logprobs.push(...fresh.map((id) => weighed(id, options)));
        return fresh;
      },
      end: (keptTokens) => {
        this.running--;
        this.ended.push(keptTokens);
        return Promise.resolve();
      },
    });
  }

  async logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    if (this.running > 0) throw new Error('the model is at work');
    this.running++;
    await new Promise((resolve) => setTimeout(resolve));
    this.running--;
    signal.throwIfAborted();
    return Float32Array.from(ids);
  }

  compileCandidates(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return Promise.resolve();
  }

  /** Chooses the split plan, when `calibrationRounds` rounds have passed. */
  async calibrate(signal: AbortSignal): Promise<{ chosen: TuningName }> {
    if (this.running > 0) throw new Error('the model is at work');
    this.running++;
    try {
      for (let round = 0; round < this.calibrationRounds; round++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        this.#fail();
        if (signal.aborted) this.calibrations.brokenOff++;
        signal.throwIfAborted();
      }
      this.calibrations.done++;
      this.canCalibrate = false;
      return { chosen: 'split' };
    } finally {
      this.running--;
    }
  }

  dispose(): void {
    this.disposals++;
  }

  #fail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

/** As if the model were sure of a token to one half, and next of its neighbours. */
function weighed(id: number, { topLogprobs = 0 }: GenerationOptions): SampledLogprob {
  const top = Array.from({ length: topLogprobs }, (_, rank) => ({ id: id + rank, logprob: -Math.LN2 * (rank + 1) }));
  return { id, logprob: -Math.LN2, top };
}

/** The fake model's devices as they are opened, and a way to lose the last one. */
export function openFake(model: FakeModel): { open: () => Promise<OpenedDevice>; lose: (reason: Error) => void } {
  let lose: (reason: Error) => void = () => undefined;
  const adapter = { vendor: 'none', architecture: '', description: '', fallback: true, subgroupSize: 1 };
  const createModel: OpenedDevice['createModel'] = (_config, _embeddings, remembered) => {
    model.tuning = remembered ?? 'default';
    return Promise.resolve(model);
  };
  const dispose = () => {
    model.dispose();
  };
  const open = () => {
    const lost = new Promise<never>((_resolve, reject) => {
      lose = reject;
    });
    return Promise.resolve({ adapter, features: new Set<never>(), lost, createModel, dispose });
  };
  return {
    open,
    lose: (reason) => {
      lose(reason);
    },
  };
}
