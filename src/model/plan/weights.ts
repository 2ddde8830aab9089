import { GpuError } from '../../errors';
import type { GpuDevice } from '../../gpu/device';
import type { ModelConfig } from '../config';
import type { EmbeddingType } from '../tensors';
import type { CodeFormat } from './code-format';
import { vectorLayout } from './dimensions';
import { type EmbeddingSegment, embeddingSegments } from './embedding-layout';
import { headLayout, layerLayout } from './weight-layout';

/** A segment of the embedding table, and its parameters (src/shaders/segment.wgsl). */
export interface EmbeddingBuffers extends EmbeddingSegment {
  table: GPUBuffer;
  parameters: GPUBuffer;
}

/** All weights of a model on the GPU; a buffer for each layer and for the head (src/shaders/layer.wgsl). */
export interface Weights {
  /** Of the layers' and the head's matrices. */
  format: CodeFormat;
  layers: GPUBuffer[];
  head: GPUBuffer;
  embeddings: EmbeddingBuffers[];
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
  const allocate = (label: string, parts: Record<string, number>): GPUBuffer => {
    const bytes = Object.values(parts).reduce((sum, part) => sum + part, 0);
    if (bytes > bindingBytes) {
      throw new GpuError(
        `The model needs a buffer of ${bytes} bytes, and this device binds ${bindingBytes} at most; use a smaller model.`,
        { field: label },
      );
    }
    return gpu.memory.createShared(parts, label, USAGE);
  };
  const allocateLayout = (
    label: string,
    { weightBytes, parameterBytes }: { weightBytes: number; parameterBytes: number },
  ) => allocate(label, { ternary: weightBytes, parameters: parameterBytes });
  const layer = layerLayout(config, format);
  return {
    format,
    layers: Array.from({ length: config.layerCount }, (_, index) => {
      const buffer = allocateLayout(`layer ${index}`, layer);
      gpu.device.queue.writeBuffer(buffer, 0, new Float32Array([index]));
      return buffer;
    }),
    head: allocateLayout('head', headLayout(config, format)),
    embeddings: embeddingSegments(config, embeddings, bindingBytes).map((segment) => {
      const scaleBytes = embeddings === 'I8' ? vectorLayout(segment.rows).quads * 16 : 0;
      const label = `embeddings from ${segment.firstRow}`;
      const table = allocate(label, { embeddings: segment.bytes });
      const parameters = allocate(`parameters of ${label}`, { parameters: 32 + scaleBytes });
      gpu.device.queue.writeBuffer(parameters, 0, new Float32Array([segment.firstRow, segment.rows]));
      return { ...segment, table, parameters };
    }),
  };
}
