import { GpuDevice, type AdapterDescription, type DeviceOptions, type OptionalFeature } from '../gpu/device';
import type { ModelConfig } from '../model/config';
import { LanguageModel, type GenerationOptions, type ModelOptions } from '../model/language-model';
import type { OwnStates } from '../model/own-states';
import type { Calibration } from '../model/plan/calibrate';
import type { TuningName } from '../model/plan/candidates';
import type { SampledLogprob } from '../model/sampling-options';
import type { TensorPortion } from '../model/shard-reader';
import type { StateSnapshots } from '../model/state-snapshots';
import type { EmbeddingType } from '../model/tensors';

/** An answer in the making, as the runtime needs it; see Generation. */
export interface RunningGeneration {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Of all ids that `next` has given so far; empty where they were not asked for. */
  readonly logprobs: readonly SampledLogprob[];
  next(): Promise<readonly number[]>;
  end(keptTokens: number): Promise<void>;
}

/** A model on a device, as the runtime needs it; see LanguageModel. */
export interface Model {
  readonly bytesByKind: Record<string, number>;
  /** The tuning of decode steps when the model was made. */
  readonly tuning: TuningName;
  /** Whether there are tunings to be tried. */
  readonly canCalibrate: boolean;
  write(portion: TensorPortion): void;
  /** Resolves when what was written is on the GPU. @throws GpuError where a kernel did not compile */
  flush(): Promise<void>;
  /** Resolves when all weights and kernels are ready. */
  finishLoading(): Promise<void>;
  generate(
    prompt: readonly number[],
    options: GenerationOptions,
    signal: AbortSignal,
    onPrefill?: (done: number, total: number) => void,
    own?: OwnStates,
  ): Promise<RunningGeneration>;
  logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array>;
  /** Compiles what `calibrate` compares, also while the model is at work. */
  compileCandidates(signal: AbortSignal): Promise<void>;
  /** Measures the candidates and goes on with the fastest. */
  calibrate(signal: AbortSignal): Promise<Pick<Calibration<TuningName>, 'chosen'>>;
  dispose(): void;
}

/** A device that is there before it is known which model it is for. */
export interface OpenedDevice {
  adapter: AdapterDescription;
  /** Optional features that were granted. */
  features: ReadonlySet<OptionalFeature>;
  /** Rejects when the device is lost or out of memory; never resolves. */
  lost: Promise<never>;
  /**
   * Makes a model's buffers and begins to compile its kernels.
   * @param remembered the tuning that was chosen for it before
   * @throws GpuError
   */
  createModel(config: ModelConfig, embeddings: EmbeddingType, remembered: TuningName | undefined): Promise<Model>;
  /** Frees the device and all that is on it, a model too. */
  dispose(): void;
}

/**
 * Opens a device for a model that goes on from the snapshots, and makes them.
 * @throws GpuError
 */
export type OpenDevice = (options: DeviceOptions & ModelOptions, snapshots: StateSnapshots) => Promise<OpenedDevice>;

export const openGpuDevice: OpenDevice = async (options, snapshots) =>
  openedOn(await GpuDevice.request(options), options, snapshots);

/** What the runtime needs of a device that is there. */
export function openedOn(gpu: GpuDevice, options: ModelOptions, snapshots: StateSnapshots): OpenedDevice {
  return {
    adapter: gpu.adapter,
    features: gpu.features,
    lost: gpu.lost(),
    createModel: (config, embeddings, remembered) =>
      LanguageModel.create(gpu, config, embeddings, options, remembered, snapshots),
    dispose: () => {
      gpu.dispose();
    },
  };
}
