import { GpuError } from '../../errors';
import type { GpuDevice } from '../../gpu/device';
import type { ModelConfig } from '../config';
import type { EmbeddingType } from '../tensors';
import type { CodeFormat } from './code-format';
import { vectorLayout } from './dimensions';
import { type EmbeddingSegment, embeddingSegments } from './embedding-layout';
import { headLayout, layerLayout } from './weight-layout';

/** The two buffers of group 1 in the step's kernels (src/shaders/layer.wgsl). */
export interface WeightBuffers {
  weights: GPUBuffer;
  parameters: GPUBuffer;
}

/** All weights of a model on the GPU. */
export interface Weights {
  /** Of the layers' and the head's matrices. */
  format: CodeFormat;
  layers: WeightBuffers[];
  head: WeightBuffers;
  embeddings: (WeightBuffers & EmbeddingSegment)[];
}

const USAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;

/**
 * Allocates the weight buffers; their contents come with WeightUpload.
 * @throws GpuError when one layer or the head needs more than one binding of this device.
 */
export function allocateWeights(
  gpu: GpuDevice,
  config: ModelConfig,
  embeddings: EmbeddingType,
  format: CodeFormat,
): Weights {
  const bindingBytes = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize);
  const allocate = (label: string, kind: string, weightBytes: number, parameterBytes: number): WeightBuffers => {
    const largest = Math.max(weightBytes, parameterBytes);
    if (largest > bindingBytes) {
      throw new GpuError(
        `The model needs a buffer of ${largest} bytes, and this device binds ${bindingBytes} at most; use a smaller model.`,
        { field: label },
      );
    }
    return {
      weights: gpu.memory.create(kind, `${label} weights`, weightBytes, USAGE),
      parameters: gpu.memory.create('parameters', `${label} parameters`, parameterBytes, USAGE),
    };
  };
  const layer = layerLayout(config, format);
  const head = headLayout(config, format);
  return {
    format,
    layers: Array.from({ length: config.layerCount }, (_, index) => {
      const buffers = allocate(`layer ${index}`, 'ternary', layer.weightBytes, layer.parameterBytes);
      gpu.device.queue.writeBuffer(buffers.parameters, 0, new Float32Array([index]));
      return buffers;
    }),
    head: allocate('head', 'ternary', head.weightBytes, head.parameterBytes),
    embeddings: embeddingSegments(config, embeddings, bindingBytes).map((segment) => {
      const scaleBytes = embeddings === 'I8' ? vectorLayout(segment.rows).quads * 16 : 0;
      const buffers = allocate(`embeddings from ${segment.firstRow}`, 'embeddings', segment.bytes, 32 + scaleBytes);
      gpu.device.queue.writeBuffer(buffers.parameters, 0, new Float32Array([segment.firstRow, segment.rows]));
      return { ...buffers, ...segment };
    }),
  };
}
