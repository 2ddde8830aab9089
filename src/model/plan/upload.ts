import { PackError } from '../../errors';
import type { GpuDevice } from '../../gpu/device';
import { KernelCompiler } from '../../gpu/kernel';
import expandSource from '../../shaders/expand.wgsl?raw';
import lanesBase3 from '../../shaders/lanes.base3.wgsl?raw';
import lanesTwoBit from '../../shaders/lanes.two_bit.wgsl?raw';
import type { ModelConfig } from '../config';
import type { TensorPortion } from '../shard-reader';
import type { EmbeddingType } from '../tensors';
import { type CopySpan, type UploadTarget, uploadTargets } from './upload-targets';
import type { MatrixPlace } from './weight-layout';
import type { Weights } from './weights';

const EXPAND_WORKGROUP = 64;
const CODES_PER_BYTE = 5;
/** Portions are expanded in pieces of this many bytes: staging stays small, and a multiple of 4 keeps words whole. */
const PIECE_BYTES = 256 * 1024;
const LANES = { 'two-bit': lanesTwoBit, 'base-3': lanesBase3 };

/** Fills weight buffers from portions of pack tensors, in any order, and lays the pack's codes out on the GPU. */
export class WeightUpload {
  readonly #targets: Map<string, UploadTarget>;
  readonly #portion: GPUBuffer;
  readonly #packed: GPUBuffer;
  readonly #invalid: GPUBuffer;
  readonly #groups = new Map<GPUBuffer, GPUBindGroup>();

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly pipeline: GPUComputePipeline,
    targets: Map<string, UploadTarget>,
  ) {
    this.#targets = targets;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    this.#portion = gpu.memory.create('staging', 'portion', 24, usage);
    this.#packed = gpu.memory.create('staging', 'base-3 codes', PIECE_BYTES, usage);
    this.#invalid = gpu.memory.create('staging', 'invalid bytes', 4, usage | GPUBufferUsage.COPY_SRC);
  }

  static async create(
    gpu: GpuDevice,
    compiler: KernelCompiler,
    config: ModelConfig,
    embeddings: EmbeddingType,
    weights: Weights,
  ): Promise<WeightUpload> {
    const types: GPUBufferBindingType[] = ['read-only-storage', 'read-only-storage', 'storage', 'storage'];
    const layout = gpu.device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
    });
    const pipeline = await compiler.compile({
      label: 'expand',
      files: [LANES[weights.format], expandSource],
      constants: { WORKGROUP: EXPAND_WORKGROUP },
      layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    });
    return new WeightUpload(gpu, pipeline, uploadTargets(config, embeddings, weights));
  }

  /**
   * Uploads a portion of a pack tensor.
   * @throws PackError for a tensor that the model does not have.
   */
  write({ name, byteOffset, bytes }: TensorPortion): void {
    const target = this.#targets.get(name);
    if (target === undefined) throw new PackError('The model has no such tensor.', { field: name });
    if ('copies' in target) {
      for (const span of target.copies) this.#copy(span, byteOffset, bytes);
      return;
    }
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      this.#expand(target.matrix, target.buffer, byteOffset + start, bytes.subarray(start, start + PIECE_BYTES));
    }
  }

  /**
   * Waits for the GPU, checks what it found, and frees the staging buffers.
   * @throws PackError when a byte was no group of five codes.
   */
  async finish(): Promise<void> {
    const { device, memory } = this.gpu;
    const result = memory.create(
      'staging',
      'invalid bytes, mapped',
      4,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    );
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#invalid, 0, result, 0, 4);
    device.queue.submit([encoder.finish()]);
    await result.mapAsync(GPUMapMode.READ);
    const [invalid] = new Uint32Array(result.getMappedRange());
    memory.free(result);
    this.dispose();
    if (invalid > 0) {
      throw new PackError(
        `${invalid} bytes of ternary codes are above 242, which no five codes give; the pack is broken.`,
      );
    }
  }

  dispose(): void {
    for (const buffer of [this.#portion, this.#packed, this.#invalid]) this.gpu.memory.free(buffer);
  }

  #copy(span: CopySpan, byteOffset: number, bytes: Uint8Array): void {
    const begin = Math.max(span.from, byteOffset);
    const end = Math.min(span.from + span.bytes, byteOffset + bytes.length);
    if (begin >= end) return;
    const part = bytes.subarray(begin - byteOffset, end - byteOffset);
    this.#write(span.buffer, span.offset + begin - span.from, part);
  }

  #expand(matrix: MatrixPlace, weights: GPUBuffer, byteOffset: number, bytes: Uint8Array): void {
    const firstCode = byteOffset * CODES_PER_BYTE;
    const codeCount = Math.min(bytes.length * CODES_PER_BYTE, matrix.rows * matrix.columns.length - firstCode);
    if (codeCount <= 0) return;
    const { rowWords } = matrix;
    const columns = matrix.columns.length;
    const firstRow = Math.floor(firstCode / columns);
    const lastRow = Math.floor((firstCode + codeCount - 1) / columns);
    const threads = Math.max((lastRow - firstRow + 1) * rowWords, Math.ceil(bytes.length / 4));
    const { device } = this.gpu;
    const portion = [firstCode, codeCount, columns, rowWords, matrix.start, bytes.length];
    device.queue.writeBuffer(this.#portion, 0, new Uint32Array(portion));
    this.#write(this.#packed, 0, bytes);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.#group(weights));
    pass.dispatchWorkgroups(Math.ceil(threads / EXPAND_WORKGROUP));
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  #group(weights: GPUBuffer): GPUBindGroup {
    const known = this.#groups.get(weights);
    if (known) return known;
    const buffers = [this.#portion, this.#packed, weights, this.#invalid];
    const group = this.gpu.device.createBindGroup({
      layout: this.pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    this.#groups.set(weights, group);
    return group;
  }

  /** writeBuffer takes whole words only; a tensor of 16-bit or 8-bit numbers may end inside one. */
  #write(buffer: GPUBuffer, offset: number, bytes: Uint8Array): void {
    let whole = bytes;
    if (bytes.length % 4 !== 0) {
      whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
      whole.set(bytes);
    }
    this.gpu.device.queue.writeBuffer(buffer, offset, whole as Uint8Array<ArrayBuffer>);
  }
}
