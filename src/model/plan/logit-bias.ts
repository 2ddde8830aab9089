import type { Dispatch } from '../../gpu/dispatch';
import bias from '../../shaders/bias.wgsl?raw';
import { MOST_BIASES } from '../sampling-options';
import { overAll, type SamplerKit } from './sampler-kit';

const WORKGROUP = 64;

/** Adds biases to logits, for generations that ask for it. */
export class LogitBias {
  private constructor(
    private readonly kit: SamplerKit,
    private readonly memory: GPUBuffer,
    private readonly pipeline: GPUComputePipeline,
  ) {}

  static async create(kit: SamplerKit): Promise<LogitBias> {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const pipeline = await kit.compile('bias', [bias], { WORKGROUP, MAX_BIASES: MOST_BIASES });
    return new LogitBias(kit, kit.gpu.memory.create('sampling', 'biases', MOST_BIASES * 8, usage), pipeline);
  }

  /** Sets the biases, MOST_BIASES at most; the dispatch adds them. */
  prepare(biases: readonly (readonly [id: number, bias: number])[]): Dispatch {
    const { gpu, shape } = this.kit;
    const words = new Uint32Array(MOST_BIASES * 2).fill(shape.vocabSize);
    const floats = new Float32Array(words.buffer);
    biases.forEach(([id, value], index) => {
      words[2 * index] = id;
      floats[2 * index + 1] = value;
    });
    gpu.device.queue.writeBuffer(this.memory, 0, words);
    return overAll(this.pipeline, this.kit.bind(this.memory), biases.length, WORKGROUP);
  }
}
