import { GpuDevice, type AdapterDescription, type DeviceOptions } from '../gpu/device';
import type { ModelConfig } from '../model/config';
import { LanguageModel, type GenerationOptions, type ModelOptions } from '../model/language-model';
import type { TensorPortion } from '../model/shard-reader';
import type { EmbeddingType } from '../model/tensors';

/** An answer in the making, as the runtime needs it; see Generation. */
export interface RunningGeneration {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  next(): Promise<readonly number[]>;
  end(keptTokens: number): Promise<void>;
}

/** A model on a device, as the runtime needs it; see LanguageModel. */
export interface Model {
  readonly bytesByKind: Record<string, number>;
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
  ): Promise<RunningGeneration>;
  logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array>;
  dispose(): void;
}

/** A device that is there before it is known which model it is for. */
export interface OpenedDevice {
  adapter: AdapterDescription;
  /** Rejects when the device is lost; never resolves. */
  lost: Promise<never>;
  /** Makes a model's buffers and begins to compile its kernels. @throws GpuError */
  createModel(config: ModelConfig, embeddings: EmbeddingType): Promise<Model>;
  /** Frees the device and all that is on it, a model too. */
  dispose(): void;
}

/** @throws GpuError */
export type OpenDevice = (options: DeviceOptions & ModelOptions) => Promise<OpenedDevice>;

export const openGpuDevice: OpenDevice = async (options) => {
  const gpu = await GpuDevice.request(options);
  return {
    adapter: gpu.adapter,
    lost: gpu.lost(),
    createModel: (config, embeddings) => LanguageModel.create(gpu, config, embeddings, options),
    dispose: () => {
      gpu.dispose();
    },
  };
};
