import type { ModelConfig } from '../src/model/config';
import { headLayout, layerLayout } from '../src/model/plan/weight-layout';
import { packTensors } from '../src/model/tensors';
import type { EmbeddingType } from '../src/model/tensors';

/** Bytes that a model takes on the GPU. Working memory for activations comes on top; it depends on the device. */
export interface GpuMemory {
  /** Ternary matrices at 2 bits a weight, each row padded to 64 weights; compact memory takes a fifth less. */
  ternary: number;
  /** The embedding table as stored; int8 rows with their scales. */
  embeddings: number;
  /** Gains, lower bounds and magnitudes as float32. */
  floats: number;
  /** One recurrent state, float32 [L, D]; the runtime keeps several. */
  state: number;
}

/** What the weights and one state of a model take on the GPU, known before anything is loaded. */
export function gpuMemory(config: ModelConfig, embeddings: EmbeddingType): GpuMemory {
  const layer = layerLayout(config, 'two-bit');
  const head = headLayout(config, 'two-bit');
  const table = packTensors(config, embeddings).filter(({ name }) => name.startsWith('model.embeddings.'));
  return {
    ternary: config.layerCount * layer.weightBytes + head.weightBytes,
    embeddings: table.reduce((sum, { byteLength }) => sum + byteLength, 0),
    floats: config.layerCount * layer.parameterBytes + head.parameterBytes,
    state: config.layerCount * config.stateSize * 4,
  };
}
