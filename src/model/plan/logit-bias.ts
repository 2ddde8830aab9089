import type { Dispatch } from '../../gpu/dispatch';
import bias from '../../shaders/bias.wgsl?raw';
import { MOST_BIASES } from '../sampling-options';
import { overAll, type SamplerKit } from './sampler-kit';

const WORKGROUP = 64;

/** Makes what sets biases, MOST_BIASES at most, and gives the dispatch that adds them. */
export async function createLogitBias(
  kit: SamplerKit,
): Promise<(biases: readonly (readonly [id: number, bias: number])[]) => Dispatch> {
  const { gpu, shape } = kit;
  const pipeline = await kit.compile('bias', [bias], { WORKGROUP, MAX_BIASES: MOST_BIASES });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const memory = gpu.memory.create('sampling', 'biases', MOST_BIASES * 8, usage);
  const group = kit.bind(memory);
  return (biases) => {
    const words = new Uint32Array(MOST_BIASES * 2).fill(shape.vocabSize);
    words.set(biases.flatMap(([id, value]) => [id, ...new Uint32Array(Float32Array.of(value).buffer)]));
    gpu.device.queue.writeBuffer(memory, 0, words);
    return overAll(pipeline, group, biases.length, WORKGROUP);
  };
}
