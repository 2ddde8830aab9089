import { GpuDevice } from '../../src/gpu/device';
import type { DeviceOptions } from '../../src/gpu/device';
import type { ModelConfig } from '../../src/model/config';
import { LanguageModel, type ModelOptions } from '../../src/model/language-model';
import type { TuningName } from '../../src/model/plan/candidates';
import type { TensorPortion } from '../../src/model/shard-reader';
import type { EmbeddingType } from '../../src/model/tensors';
import { openPack, packPortions } from '../model/pack-portions';
import { type ModelName, syntheticConfig } from '../model/shapes';
import { type SyntheticEmbeddings, syntheticPortions } from '../model/synthetic-tensors';
import { BufferAccount } from './buffer-account';
import { PipelineCatalogue } from './pipeline-catalogue';

/** Bytes of weights that may wait for the GPU. */
const FLUSH_BYTES = 64 * 2 ** 20;

export interface SubjectOptions {
  seed: number;
  /** Of a made-up model. */
  embeddings: SyntheticEmbeddings;
  /** URL of the folder of the bundled pack, with a slash at its end. */
  bundledUrl: string;
  device: DeviceOptions;
  model: ModelOptions;
  /** A tuning of decode steps, as if a calibration had found it. */
  tuning?: TuningName;
}

/** A model under measurement, with what was seen while it was made. */
export interface Subject {
  name: ModelName;
  gpu: GpuDevice;
  model: LanguageModel;
  config: ModelConfig;
  embeddings: EmbeddingType;
  /** URL of the folder of the bundled pack, whatever the model is. */
  packUrl: string;
  /** Has every pipeline of the model. */
  pipelines: PipelineCatalogue;
  /** Of all buffers of the device. */
  account: BufferAccount;
  /** From the first buffer to the last upload, in milliseconds. */
  openMilliseconds: number;
  dispose(): void;
}

interface Source {
  config: ModelConfig;
  embeddings: EmbeddingType;
  portions: AsyncIterable<TensorPortion> | Iterable<TensorPortion>;
}

/** Makes a model on a device of its own, with timestamp queries where there are any. @throws what LanguageModel throws. */
export async function openSubject(name: ModelName, options: SubjectOptions): Promise<Subject> {
  const account = new BufferAccount();
  const pipelines = new PipelineCatalogue();
  const stop = () => {
    account.stop();
    pipelines.stop();
  };
  try {
    const source = await sourceOf(name, options);
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    const timestamps = adapter?.features.has('timestamp-query') ?? false;
    const gpu = await GpuDevice.request({ ...options.device, timestamps });
    const start = performance.now();
    const { config, embeddings } = source;
    const model = await LanguageModel.create(gpu, config, embeddings, options.model, options.tuning);
    await load(model, source.portions);
    const openMilliseconds = performance.now() - start;
    const dispose = () => {
      stop();
      model.dispose();
    };
    const packUrl = options.bundledUrl;
    return { name, gpu, model, config, embeddings, packUrl, pipelines, account, openMilliseconds, dispose };
  } catch (error) {
    stop();
    throw error;
  }
}

async function sourceOf(name: ModelName, { bundledUrl, embeddings, seed }: SubjectOptions): Promise<Source> {
  if (name !== 'bundled') {
    const config = syntheticConfig(name);
    return { config, embeddings, portions: syntheticPortions(config, embeddings, seed) };
  }
  const { manifest, config } = await openPack(bundledUrl);
  return { config, embeddings: manifest.embeddings, portions: packPortions(bundledUrl, manifest, config) };
}

async function load(model: LanguageModel, portions: Source['portions']): Promise<void> {
  let waiting = 0;
  for await (const portion of portions) {
    model.write(portion);
    waiting += portion.bytes.length;
    if (waiting < FLUSH_BYTES) continue;
    await model.flush();
    waiting = 0;
  }
  await model.finishLoading();
}
