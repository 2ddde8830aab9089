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

/** Finds log probabilities of sampled tokens. */
export interface Logprobs {
  /** Its first `bytes` bytes are what `reader` reads. */
  buffer: GPUBuffer;
  bytes: number;
  /** To come before all that changes the logits. */
  before: Dispatch;
  /** To come after the choice. */
  after: Dispatch;
  /** Makes it find so many likeliest tokens beside the chosen one. */
  prepare(count: number): void;
  /** Reads what a submit has left, by the place in the ring of results and the id there. */
  reader(bytes: ArrayBuffer): (place: number, id: number) => SampledLogprob;
}

export async function createLogprobs(kit: SamplerKit): Promise<Logprobs> {
  const { gpu } = kit;
  const { vocabSize, slots, workgroup } = kit.shape;
  const compile = (label: string, files: string[], threads: number) =>
    kit.compile(label, [tokenOrder, memory, ...files], { WORKGROUP: threads, MAX_LOGPROBS: MOST_LOGPROBS });
  const [keeping, finding] = await Promise.all([
    compile('keep logits', [keep], KEEP_WORKGROUP),
    compile('logprobs', [logprobs], workgroup),
  ]);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const bytes = slots * ENTRY_WORDS * 4;
  const buffer = gpu.memory.create('sampling', 'logprobs', bytes + 4 + vocabSize * 4, usage);
  const group = kit.bind(buffer);
  let wanted = 0;
  return {
    buffer,
    bytes,
    before: overAll(keeping, group, vocabSize, KEEP_WORKGROUP),
    after: overAll(finding, group, 1, workgroup),
    prepare(count) {
      wanted = Math.min(count, vocabSize);
      gpu.device.queue.writeBuffer(buffer, bytes, Uint32Array.of(wanted));
    },
    reader(read) {
      const words = new Uint32Array(read);
      const floats = new Float32Array(read);
      const count = wanted;
      return (place, id) => {
        const entry = place * ENTRY_WORDS;
        const top = Array.from({ length: count }, (_, rank) => ({
          id: words[entry + 1 + 2 * rank],
          logprob: floats[entry + 2 + 2 * rank],
        }));
        return { id, logprob: floats[entry], top };
      };
    },
  };
}
