import type { Dispatch } from '../../gpu/dispatch';
import keep from '../../shaders/logprobs.keep.wgsl?raw';
import logprobs from '../../shaders/logprobs.wgsl?raw';
import memory from '../../shaders/logprobs.memory.wgsl?raw';
import tokenOrder from '../../shaders/token_order.wgsl?raw';
import { MOST_LOGPROBS, type SampledLogprob } from '../sampling-options';
import { overAll, type SamplerKit } from './sampler-kit';

/** Words of Entry (src/shaders/logprobs.memory.wgsl). */
const ENTRY_WORDS = 1 + 2 * MOST_LOGPROBS;
const KEEP_WORKGROUP = 64;

/** Log probabilities of sampled tokens, for generations that ask for them. */
export class Logprobs {
  #count = 0;

  private constructor(
    private readonly kit: SamplerKit,
    /** Its first `bytes` bytes are what `reader` reads. */
    readonly buffer: GPUBuffer,
    /** To come before all that changes the logits. */
    readonly before: Dispatch,
    /** To come after the choice. */
    readonly after: Dispatch,
  ) {}

  static async create(kit: SamplerKit): Promise<Logprobs> {
    const { vocabSize, slots, workgroup } = kit.shape;
    const [keeping, finding] = await Promise.all([
      kit.compile('keep logits', [memory, keep], { WORKGROUP: KEEP_WORKGROUP, MAX_LOGPROBS: MOST_LOGPROBS }),
      kit.compile('logprobs', [tokenOrder, memory, logprobs], { WORKGROUP: workgroup, MAX_LOGPROBS: MOST_LOGPROBS }),
    ]);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const bytes = (slots * ENTRY_WORDS + 1 + vocabSize) * 4;
    const buffer = kit.gpu.memory.create('sampling', 'logprobs', bytes, usage);
    const group = kit.bind(buffer);
    return new Logprobs(
      kit,
      buffer,
      overAll(keeping, group, vocabSize, KEEP_WORKGROUP),
      overAll(finding, group, 1, workgroup),
    );
  }

  get bytes(): number {
    return this.kit.shape.slots * ENTRY_WORDS * 4;
  }

  /** @param count likeliest tokens to find beside the chosen one */
  prepare(count: number): void {
    this.#count = Math.min(count, this.kit.shape.vocabSize);
    this.kit.gpu.device.queue.writeBuffer(this.buffer, this.bytes, Uint32Array.of(this.#count));
  }

  /** Reads what a submit has left, by the place in the ring of results and the id there. */
  reader(bytes: ArrayBuffer): (place: number, id: number) => SampledLogprob {
    const words = new Uint32Array(bytes);
    const floats = new Float32Array(bytes);
    const count = this.#count;
    return (place, id) => {
      const entry = place * ENTRY_WORDS;
      const top = Array.from({ length: count }, (_, rank) => ({
        id: words[entry + 1 + 2 * rank],
        logprob: floats[entry + 2 + 2 * rank],
      }));
      return { id, logprob: floats[entry], top };
    };
  }
}
