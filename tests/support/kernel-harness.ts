import type { DeviceOptions, GpuDevice } from '../../src/gpu/device';
import { record } from '../../src/gpu/dispatch';
import { KernelCompiler } from '../../src/gpu/kernel';
import type { ModelConfig } from '../../src/model/config';
import { dimensions } from '../../src/model/plan/dimensions';
import { createStepLayouts, StepKernels } from '../../src/model/plan/kernels';
import type { StepLayouts } from '../../src/model/plan/kernels';
import { chooseTuning } from '../../src/model/plan/tuning';
import type { Tuning } from '../../src/model/plan/tuning';
import { WeightUpload } from '../../src/model/plan/upload';
import { allocateWeights } from '../../src/model/plan/weights';
import type { EmbeddingBuffers, Weights } from '../../src/model/plan/weights';
import { allocateWorkingBuffers } from '../../src/model/plan/working-buffers';
import type { Capacity, Place, Region, WorkingBuffers } from '../../src/model/plan/working-buffers';
import type { TensorPortion } from '../../src/model/shard-reader';
import type { EmbeddingType } from '../../src/model/tensors';
import { disguised, gpuTestDevice } from './gpu-test-device';
import { StorageReader } from './storage-reader';

/** A device and what harnesses on it share: kernels of the same text are compiled once. */
export interface HarnessDevice {
  gpu: GpuDevice;
  compiler: KernelCompiler;
  layouts: StepLayouts;
  reader: StorageReader;
}

export async function harnessDevice(options: DeviceOptions = {}): Promise<HarnessDevice> {
  const gpu = await gpuTestDevice(options);
  const reader = await StorageReader.create(gpu);
  return { gpu, compiler: new KernelCompiler(gpu), layouts: createStepLayouts(gpu), reader };
}

export interface HarnessOptions {
  tuning?: Partial<Tuning>;
  capacity?: Partial<Capacity>;
  embeddings?: EmbeddingType;
  /** A limit of bindings and buffers that stands for the device's own. */
  bindingBytes?: number;
}

/** Step of src/shaders/step.wgsl. */
export interface StepFields {
  count: number;
  slotIn: number;
  slotOut: number;
  ended: number;
  position: number;
  emitted: number;
  limit: number;
  tokens: readonly number[];
}

type Values = Float32Array | Uint32Array | Int8Array;

/** What tests look at: a region of the working memory, mix and GLU together, or the step. */
type Part = Region | 'hidden' | 'step';

/** Runs single kernels of a model's step, made by the production classes, on buffers whose contents a test chooses. */
export class KernelHarness {
  private constructor(
    private readonly device: HarnessDevice,
    readonly config: ModelConfig,
    readonly capacity: Capacity,
    readonly kernels: StepKernels,
    private readonly working: WorkingBuffers,
    readonly weights: Weights,
    private readonly embeddings: EmbeddingType,
  ) {}

  /** Frees what the harness before it on this device held. */
  static create(device: HarnessDevice, config: ModelConfig, options: HarnessOptions = {}): KernelHarness {
    const { gpu, compiler, layouts } = device;
    gpu.memory.freeAll();
    const capacity = { sliceTokens: 24, logitRows: 24, slots: 3, ...options.capacity };
    const tuning = { ...chooseTuning(gpu), ...options.tuning };
    const embeddings = options.embeddings ?? 'F32';
    const kernels = new StepKernels(gpu, compiler, layouts, config, capacity, tuning);
    const working = allocateWorkingBuffers(gpu, config, capacity);
    const { bindingBytes: limit } = options;
    const maker = limit === undefined ? gpu : disguised(gpu, { limits: bindingLimits(limit) });
    const weights = allocateWeights(maker, config, embeddings, tuning.codes);
    return new KernelHarness(device, config, capacity, kernels, working, weights, embeddings);
  }

  get tuning(): Tuning {
    return this.kernels.tuning;
  }

  /** Uploads portions of pack tensors through the production path. */
  async upload(portions: Iterable<TensorPortion>): Promise<void> {
    const { gpu, compiler } = this.device;
    const upload = await WeightUpload.create(gpu, compiler, this.config, this.embeddings, this.weights);
    for (const portion of portions) upload.write(portion);
    await upload.finish();
  }

  /** Uploads whole pack tensors. */
  async uploadTensors(tensors: Iterable<{ name: string; bytes: Uint8Array }>): Promise<void> {
    await this.upload(Array.from(tensors, ({ name, bytes }) => ({ name, byteOffset: 0, bytes })));
  }

  writeStep(fields: Partial<StepFields>): void {
    const { slots } = this.capacity;
    const step = { count: 1, slotIn: 0, slotOut: 0, ended: 0, position: 0, emitted: 0, limit: 1, ...fields };
    const { count, slotIn, slotOut, ended, position, emitted, limit, tokens = [] } = step;
    const header = [count, slotIn, slotOut, ended, position, emitted, limit, slots];
    const results = new Array<number>(slots).fill(0);
    this.write('step', Uint32Array.from([...header, ...results, ...tokens]));
  }

  /** @param offset bytes from the start of the part. */
  write(part: Part, values: Values, offset = 0): void {
    const buffer = part === 'step' ? this.working.step : this.working.memory;
    const start = this.#place(part).offset + offset;
    this.device.gpu.device.queue.writeBuffer(buffer, start, values as Values & ArrayBufferView<ArrayBuffer>);
  }

  /** Fills a whole part with one 32-bit pattern, so that what a kernel leaves alone can be told. */
  fill(part: Part, word: number): void {
    this.write(part, new Uint32Array(this.bytesOf(part) / 4).fill(word));
  }

  bytesOf(part: Part): number {
    return this.#place(part).bytes;
  }

  #place(part: Part): Place {
    const { step, regions } = this.working;
    if (part === 'step') return { offset: 0, bytes: step.size };
    if (part !== 'hidden') return regions[part];
    return { offset: regions.mix.offset, bytes: regions.state.offset - regions.mix.offset };
  }

  /** Runs one kernel. @param workgroups in x, y and z. */
  async run(
    pipeline: Promise<GPUComputePipeline>,
    weights: GPUBuffer | EmbeddingBuffers,
    workgroups: readonly [number, number, number?],
  ): Promise<void> {
    const { device } = this.device.gpu;
    const { step, memory } = this.working;
    const [first, second] = 'table' in weights ? [weights.table, weights.parameters] : [weights, weights];
    const group = (layout: GPUBindGroupLayout, buffers: GPUBuffer[]) =>
      device.createBindGroup({
        layout,
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
    const groups = [
      group(this.device.layouts.step, [step, memory]),
      group(this.device.layouts.weights, [first, second]),
    ];
    const compiled = await pipeline;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass, [{ pipeline: compiled, groups, workgroups: [workgroups[0], workgroups[1], workgroups[2] ?? 1] }]);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  readBytes(buffer: GPUBuffer): Promise<ArrayBuffer> {
    return this.device.reader.read(buffer);
  }

  async readPart(part: Part): Promise<ArrayBuffer> {
    const { offset, bytes } = this.#place(part);
    return (await this.readBytes(part === 'step' ? this.working.step : this.working.memory)).slice(
      offset,
      offset + bytes,
    );
  }

  async readFloats(part: Part): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.readPart(part));
  }

  async readWords(part: Part): Promise<Uint32Array<ArrayBuffer>> {
    return new Uint32Array(await this.readPart(part));
  }

  /** Byte in `hidden` where the GLU region starts. */
  get gluOffset(): number {
    const { mix, glu } = this.working.regions;
    return glu.offset - mix.offset;
  }

  /** Floats from one row to the next, in `x`, each third of the mix region, and the GLU region. */
  get strides(): { x: number; mix: number; glu: number } {
    const { hidden, state, intermediate } = dimensions(this.config);
    return { x: hidden.quads * 4, mix: state.quads * 4, glu: intermediate.quads * 4 };
  }
}

function bindingLimits(bytes: number): GPUSupportedLimits {
  return { maxStorageBufferBindingSize: bytes, maxBufferSize: bytes } as GPUSupportedLimits;
}
