import { GpuDevice } from '../../src/gpu/device';
import type { DeviceOptions } from '../../src/gpu/device';
import type { ModelConfig } from '../../src/model/config';
import { LanguageModel } from '../../src/model/language-model';
import type { ModelOptions } from '../../src/model/language-model';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import type { ModelWeights } from '../../src/model/oracle/weights';

/** A model on the GPU with these weights, embeddings as F32. */
export async function gpuModel(
  config: ModelConfig,
  weights: ModelWeights,
  options: DeviceOptions & ModelOptions = {},
): Promise<LanguageModel> {
  const gpu = await GpuDevice.request(options);
  const model = await LanguageModel.create(gpu, config, 'F32', options);
  for (const { name, bytes } of weightsToPackTensors(config, weights)) model.write({ name, byteOffset: 0, bytes });
  await model.finishLoading();
  return model;
}
