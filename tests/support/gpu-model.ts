import type { DeviceOptions, GpuDevice } from '../../src/gpu/device';
import type { ModelConfig } from '../../src/model/config';
import { LanguageModel } from '../../src/model/language-model';
import type { ModelOptions } from '../../src/model/language-model';
import type { TuningName } from '../../src/model/plan/candidates';
import type { StateSnapshots } from '../../src/model/state-snapshots';
import type { ModelWeights } from '../../src/model/oracle/weights';
import { gpuTestDevice } from './gpu-test-device';
import { packPortions } from './pack-portions';

/** Small enough that every large tensor comes in several portions. */
const CHUNK_BYTES = 1020;

/** A model loaded through the pack reader, embeddings as F32, on a device of its own or on one that several models share. */
export async function gpuModel(
  config: ModelConfig,
  weights: ModelWeights,
  options: DeviceOptions & ModelOptions = {},
  device?: GpuDevice,
  remembered?: TuningName,
  snapshots?: StateSnapshots,
): Promise<LanguageModel> {
  const gpu = device ?? (await gpuTestDevice(options));
  const model = await LanguageModel.create(gpu, config, 'F32', options, remembered, snapshots);
  for (const portion of packPortions(config, weights, CHUNK_BYTES)) model.write(portion);
  await model.finishLoading();
  return model;
}
