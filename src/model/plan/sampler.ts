import type { GpuDevice } from '../../gpu/device';
import type { Dispatch } from '../../gpu/dispatch';
import type { KernelCompiler } from '../../gpu/kernel';
import choose from '../../shaders/choose.wgsl?raw';
import chooseShortlist from '../../shaders/choose.shortlist.wgsl?raw';
import chooseSweep from '../../shaders/choose.sweep.wgsl?raw';
import penalise from '../../shaders/penalise.wgsl?raw';
import philox from '../../shaders/philox.wgsl?raw';
import sampling from '../../shaders/sampling.wgsl?raw';
import step from '../../shaders/step.wgsl?raw';
import wide from '../../shaders/wide.wgsl?raw';
import type { SamplingOptions } from '../sampling-options';

/** Stop tokens that a generation may have. */
export const MAX_STOP_TOKENS = 16;
const HEADER_WORDS = 9;

/** Chooses tokens on the GPU from row 0 of the logits, and sets the next step up (docs/MODEL.md section 14). */
export class Sampler {
  private constructor(
    private readonly gpu: GpuDevice,
    private readonly options: GPUBuffer,
    private readonly counts: GPUBuffer,
    /** To be recorded after the logits of each step. */
    readonly dispatches: readonly Dispatch[],
  ) {}

  /**
   * @param stepBuffer Step of src/shaders/step.wgsl with `slots` results
   * @param logits f32, row 0 is [V]
   */
  static async create(
    gpu: GpuDevice,
    compiler: KernelCompiler,
    shape: { vocabSize: number; slots: number; workgroup: number },
    stepBuffer: GPUBuffer,
    logits: GPUBuffer,
  ): Promise<Sampler> {
    const { vocabSize, slots, workgroup } = shape;
    const groups = Math.ceil(vocabSize / workgroup);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const options = gpu.memory.create('sampling', 'sampling options', (HEADER_WORDS + MAX_STOP_TOKENS) * 4, usage);
    const counts = gpu.memory.create('sampling', 'token counts', vocabSize * 4, usage);
    const maxima = gpu.memory.create('sampling', 'maxima', groups * 8, usage);

    const types: GPUBufferBindingType[] = ['storage', 'read-only-storage', 'storage', 'storage', 'storage'];
    const layout = gpu.device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
    });
    const compile = (label: string, files: string[]) =>
      compiler.compile({
        label,
        files: [step, sampling, ...files],
        constants: {
          WORKGROUP: workgroup,
          VOCABULARY: vocabSize,
          MAXIMA: groups,
          RESULTS: slots,
          MAX_STOPS: MAX_STOP_TOKENS,
        },
        layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      });
    const [penalisePipeline, choosePipeline] = await Promise.all([
      compile('penalise', [penalise]),
      compile('choose', [wide, philox, chooseSweep, chooseShortlist, choose]),
    ]);
    const bound = [stepBuffer, options, logits, counts, maxima];
    const group = gpu.device.createBindGroup({
      layout,
      entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    return new Sampler(gpu, options, counts, [
      { pipeline: penalisePipeline, groups: [group], workgroups: [groups, 1, 1] },
      { pipeline: choosePipeline, groups: [group], workgroups: [1, 1, 1] },
    ]);
  }

  /**
   * Sets a generation up.
   * @param counts uint32 [V], how often the prompt has each token
   */
  prepare(options: SamplingOptions, stopTokenIds: readonly number[], counts: Uint32Array<ArrayBuffer>): void {
    const header = new ArrayBuffer((HEADER_WORDS + MAX_STOP_TOKENS) * 4);
    const floats = new Float32Array(header);
    const words = new Uint32Array(header);
    floats[0] = options.temperature;
    words[1] = options.topK;
    words[2] = Math.round(options.topP * 65536);
    words[3] = Math.ceil(options.minP * 2 ** 24);
    floats[4] = options.repetitionPenalty;
    floats[5] = options.presencePenalty;
    floats[6] = options.frequencyPenalty;
    words[7] = options.seed;
    words[8] = stopTokenIds.length;
    words.set(stopTokenIds, HEADER_WORDS);
    this.gpu.device.queue.writeBuffer(this.options, 0, header);
    this.gpu.device.queue.writeBuffer(this.counts, 0, counts);
  }
}
