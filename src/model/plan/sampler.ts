import type { GpuDevice } from '../../gpu/device';
import type { Dispatch } from '../../gpu/dispatch';
import type { KernelCompiler } from '../../gpu/kernel';
import allowAll from '../../shaders/allow.all.wgsl?raw';
import allowMask from '../../shaders/allow.mask.wgsl?raw';
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
/** Words of Sampling (src/shaders/sampling.wgsl) before its counts of tokens. */
export const SAMPLING_HEADER_WORDS = 8 + MAX_STOP_TOKENS;
/** Tokens that top-k may keep for a choice from a shortlist: their weights add up in 32 bits. */
const LARGEST_TOP_K = 128;
/** Invocations a workgroup of src/shaders/penalise.wgsl. */
const PENALISE_WORKGROUP = 64;

/** What takes tokens out that may not come next. */
interface Mask {
  buffer: GPUBuffer;
  /** In place of the penalties alone. */
  dispatch: Dispatch;
}

/** Words of 32 tokens' bits each. */
export function maskWords(vocabSize: number): number {
  return Math.ceil(vocabSize / 32);
}

/** How the sampler is cut. */
export interface SamplerShape {
  vocabSize: number;
  /** Slots of the state ring, and of the ring of results. */
  slots: number;
  /** Invocations of the workgroup that chooses, a multiple of 16. */
  workgroup: number;
}

/** Chooses tokens on the GPU from row 0 of the logits, and sets the next step up (docs/MODEL.md section 14). */
export class Sampler {
  #choose: GPUComputePipeline;
  /** Which tokens may come next, in the generation that was prepared last; undefined where all may. */
  #mask: Mask | undefined;
  #known: Promise<Mask> | undefined;

  private constructor(
    private readonly gpu: GpuDevice,
    private readonly shape: SamplerShape,
    private readonly memory: GPUBuffer,
    private readonly group: GPUBindGroup,
    private readonly penalise: Dispatch,
    private readonly fromShortlist: GPUComputePipeline,
    private readonly compileSweeps: () => Promise<GPUComputePipeline>,
    private readonly createMask: () => Promise<Mask>,
  ) {
    this.#choose = fromShortlist;
  }

  /**
   * @param stepBuffer Step of src/shaders/step.wgsl with `slots` results
   * @param logits f32, row 0 is [V]
   */
  static async create(
    gpu: GpuDevice,
    compiler: KernelCompiler,
    shape: SamplerShape,
    stepBuffer: GPUBuffer,
    logits: GPUBufferBinding,
  ): Promise<Sampler> {
    const { vocabSize, slots, workgroup } = shape;
    const { lanes, tokens, segments } = segmentation(shape);
    // The maxima behind the counts are pairs of words, and begin where a pair may.
    const bytes = Math.ceil((SAMPLING_HEADER_WORDS + vocabSize) / 2) * 8 + segments * 8;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const memory = gpu.memory.create('sampling', 'sampling', bytes, usage);

    const bound: GPUBufferBinding[] = [{ buffer: stepBuffer }, { buffer: memory }, logits];
    const layout = gpu.device.createBindGroupLayout({
      entries: bound.map((_, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: 'storage' },
      })),
    });
    const group = gpu.device.createBindGroup({
      layout,
      entries: bound.map((resource, binding) => ({ binding, resource })),
    });
    const cut = { LANES: lanes, SEGMENT: tokens, SEGMENTS: segments };
    const sizes = { VOCABULARY: vocabSize, RESULTS: slots, MAX_STOPS: MAX_STOP_TOKENS, ...cut };
    const compile = (
      label: string,
      files: string[],
      constants: Record<string, number> = {},
      others: GPUBindGroupLayout[] = [],
    ) =>
      compiler.compile({
        label,
        files: [step, sampling, ...files],
        constants: { ...sizes, ...constants },
        layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout, ...others] }),
      });
    const compileChoose = (label: string, way: string) =>
      compile(label, [wide, philox, choose, way], { WORKGROUP: workgroup, LARGEST_TOP_K });
    const [penalisePipeline, fromShortlist] = await Promise.all([
      compile('penalise', [allowAll, penalise]),
      compileChoose('choose', chooseShortlist),
    ]);
    const workgroups = Math.ceil((segments * lanes) / PENALISE_WORKGROUP);
    const penaliseDispatch: Dispatch = {
      pipeline: penalisePipeline,
      groups: [group],
      workgroups: [workgroups, 1, 1],
    };
    const compileSweeps = () => compileChoose('choose by sweeps', chooseSweep);
    const createMask = async (): Promise<Mask> => {
      const buffer = gpu.memory.create('sampling', 'mask', maskWords(vocabSize) * 4, usage);
      const visibility = GPUShaderStage.COMPUTE;
      const entries = [{ binding: 0, visibility, buffer: { type: 'read-only-storage' as const } }];
      const own = gpu.device.createBindGroupLayout({ entries });
      const bits = gpu.device.createBindGroup({ layout: own, entries: [{ binding: 0, resource: { buffer } }] });
      const pipeline = await compile('penalise by a mask', [allowMask, penalise], {}, [own]);
      return { buffer, dispatch: { ...penaliseDispatch, pipeline, groups: [group, bits] } };
    };
    return new Sampler(gpu, shape, memory, group, penaliseDispatch, fromShortlist, compileSweeps, createMask);
  }

  /** To be recorded after the logits of each step of the generation that was prepared last. */
  get dispatches(): readonly Dispatch[] {
    const penalise = this.#mask?.dispatch ?? this.penalise;
    return [penalise, { pipeline: this.#choose, groups: [this.group], workgroups: [1, 1, 1] }];
  }

  /**
   * Sets a generation up. The first one whose options need sweeps waits until their kernel is compiled.
   * @param counts uint32 [V], how often the prompt has each token
   */
  async prepare(options: SamplingOptions, stopTokenIds: readonly number[], counts: Uint32Array): Promise<void> {
    const { vocabSize } = this.shape;
    const topK = options.topK === 0 ? vocabSize : Math.min(options.topK, vocabSize);
    const words = new Uint32Array(SAMPLING_HEADER_WORDS + vocabSize);
    const floats = new Float32Array(words.buffer);
    floats[0] = options.temperature;
    words[1] = topK;
    words[2] = Math.round(options.topP * 65536);
    words[3] = Math.ceil(options.minP * 2 ** 24);
    floats[4] = options.repetitionPenalty;
    floats[5] = options.presencePenalty;
    floats[6] = options.frequencyPenalty;
    words[7] = options.seed;
    words.fill(vocabSize, 8, SAMPLING_HEADER_WORDS);
    words.set(stopTokenIds, 8);
    words.set(counts, SAMPLING_HEADER_WORDS);
    const isShort = options.temperature === 0 || topK <= LARGEST_TOP_K;
    this.#choose = isShort ? this.fromShortlist : await this.compileSweeps();
    this.gpu.device.queue.writeBuffer(this.memory, 0, words);
    this.#mask = undefined;
  }

  /** Makes a generation that was prepared one in which `allow` says which tokens may come. The first one waits for a kernel. */
  async constrain(): Promise<void> {
    this.#mask = await (this.#known ??= this.createMask());
  }

  /** @param mask bits of the tokens that may be chosen from now on, token t in bit t % 32 of word t / 32; some token's is set */
  allow(mask: Uint32Array<ArrayBuffer>): void {
    if (this.#mask !== undefined) this.gpu.device.queue.writeBuffer(this.#mask.buffer, 0, mask);
  }
}

/**
 * Cuts the vocabulary into segments of neighbouring tokens, of which each thread that chooses looks at four. Small ones
 * hold few tokens besides a good one, and a small vocabulary still has many of them.
 */
function segmentation({ vocabSize, workgroup }: SamplerShape): { lanes: number; tokens: number; segments: number } {
  const most = 4 * workgroup;
  const lanes = [1, 2, 4].find((count) => Math.ceil(vocabSize / (4 * count)) <= most) ?? 8;
  const tokens = 4 * lanes * Math.ceil(vocabSize / (4 * lanes * most));
  return { lanes, tokens, segments: Math.ceil(vocabSize / tokens) };
}
