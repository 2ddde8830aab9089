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
import tokenOrder from '../../shaders/token_order.wgsl?raw';
import wide from '../../shaders/wide.wgsl?raw';
import type { SamplingOptions } from '../sampling-options';
import { createLogitBias } from './logit-bias';
import { createLogprobs, type Logprobs } from './logprobs';
import { overAll, type SamplerKit, type SamplerShape } from './sampler-kit';

/** Stop tokens that a generation may have. */
export const MAX_STOP_TOKENS = 16;
/** Words of Sampling (src/shaders/sampling.wgsl) before its counts of tokens. */
export const SAMPLING_HEADER_WORDS = 8 + MAX_STOP_TOKENS;
/** Tokens that top-k may keep for a choice from a shortlist: their weights add up in 32 bits. */
const LARGEST_TOP_K = 128;
/** Invocations a workgroup of src/shaders/penalise.wgsl. */
const PENALISE_WORKGROUP = 64;

export type { SamplerShape } from './sampler-kit';

/** Chooses tokens on the GPU from row 0 of the logits, and sets the next step up (docs/MODEL.md section 14). */
export class Sampler {
  #choose: GPUComputePipeline;
  #bias: Awaited<ReturnType<typeof createLogitBias>> | undefined;
  #logprobs: Logprobs | undefined;
  /** What the generation that was prepared last asks for, in order. */
  #before: readonly Dispatch[] = [];
  #after: readonly Dispatch[] = [];

  private constructor(
    private readonly kit: SamplerKit,
    private readonly memory: GPUBuffer,
    private readonly group: GPUBindGroup,
    private readonly penalise: Dispatch,
    private readonly fromShortlist: GPUComputePipeline,
    private readonly compileSweeps: () => Promise<GPUComputePipeline>,
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

    const layout = gpu.device.createBindGroupLayout({
      entries: [0, 1, 2].map((binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: 'storage' },
      })),
    });
    const bind = (part: GPUBuffer) =>
      gpu.device.createBindGroup({
        layout,
        entries: [{ buffer: stepBuffer }, { buffer: part }, logits].map((resource, binding) => ({ binding, resource })),
      });
    const cut = { LANES: lanes, SEGMENT: tokens, SEGMENTS: segments };
    const sizes = { VOCABULARY: vocabSize, RESULTS: slots, MAX_STOPS: MAX_STOP_TOKENS, ...cut };
    const compile = (label: string, files: string[], constants: Record<string, number> = {}) =>
      compiler.compile({
        label,
        files: [step, ...files],
        constants: { ...sizes, ...constants },
        layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      });
    const compileChoose = (label: string, way: string) =>
      compile(label, [tokenOrder, sampling, wide, philox, choose, way], { WORKGROUP: workgroup, LARGEST_TOP_K });
    const [penalisePipeline, fromShortlist] = await Promise.all([
      compile('penalise', [tokenOrder, sampling, penalise]),
      compileChoose('choose', chooseShortlist),
    ]);
    const group = bind(memory);
    const penaliseDispatch = overAll(penalisePipeline, group, segments * lanes, PENALISE_WORKGROUP);
    const compileSweeps = () => compileChoose('choose by sweeps', chooseSweep);
    const kit = { gpu, shape, compile, bind };
    return new Sampler(kit, memory, group, penaliseDispatch, fromShortlist, compileSweeps);
  }

  /** To be recorded after the logits of each step of the generation that was prepared last. */
  get dispatches(): readonly Dispatch[] {
    const choose = { pipeline: this.#choose, groups: [this.group], workgroups: [1, 1, 1] } as const;
    return [...this.#before, this.penalise, choose, ...this.#after];
  }

  /** Where the log probabilities are, if the generation that was prepared last asks for them. */
  get logprobs(): Logprobs | undefined {
    return this.#after.length > 0 ? this.#logprobs : undefined;
  }

  /**
   * Sets a generation up. The first one whose options need sweeps waits until their kernel is compiled.
   * @param counts uint32 [V], how often the prompt has each token
   */
  async prepare(options: SamplingOptions, stopTokenIds: readonly number[], counts: Uint32Array): Promise<void> {
    const { gpu, shape } = this.kit;
    const { vocabSize } = shape;
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
    gpu.device.queue.writeBuffer(this.memory, 0, words);
    await this.#prepareExtras(options);
  }

  async #prepareExtras({ logitBias = [], topLogprobs }: SamplingOptions): Promise<void> {
    const before: Dispatch[] = [];
    const after: Dispatch[] = [];
    if (topLogprobs !== undefined) {
      this.#logprobs ??= await createLogprobs(this.kit);
      this.#logprobs.prepare(topLogprobs);
      before.push(this.#logprobs.before);
      after.push(this.#logprobs.after);
    }
    if (logitBias.length > 0) {
      this.#bias ??= await createLogitBias(this.kit);
      before.push(this.#bias(logitBias));
    }
    [this.#before, this.#after] = [before, after];
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
