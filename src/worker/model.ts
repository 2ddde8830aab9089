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
  flush(): Promise<void>;
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

/** A model whose buffers and kernels are there, and whose weights are not. */
export interface OpenedModel {
  model: Model;
  adapter: AdapterDescription;
  /** Rejects when the device is lost; never resolves. */
  lost: Promise<never>;
}

export type OpenModel = (
  config: ModelConfig,
  embeddings: EmbeddingType,
  options: DeviceOptions & ModelOptions,
) => Promise<OpenedModel>;

/** Makes a model's buffers and kernels on a device of its own. @throws GpuError */
export const openGpuModel: OpenModel = async (config, embeddings, options) => {
  const gpu = await GpuDevice.request(options);
  try {
    const model = await LanguageModel.create(gpu, config, embeddings, options);
    return { model, adapter: gpu.adapter, lost: gpu.lost() };
  } catch (error) {
    gpu.dispose();
    throw error;
  }
};
