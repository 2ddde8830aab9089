import type { Dispatch } from '../../gpu/dispatch';
import allowMask from '../../shaders/allow.mask.wgsl?raw';
import penalise from '../../shaders/penalise.wgsl?raw';
import sampling from '../../shaders/sampling.wgsl?raw';
import tokenOrder from '../../shaders/token_order.wgsl?raw';
import type { SamplerKit } from './sampler-kit';

/** Words of 32 tokens' bits each. */
export function maskWords(vocabSize: number): number {
  return Math.ceil(vocabSize / 32);
}

/** Takes tokens out that may not come next, together with the penalties. */
export class TokenMask {
  private constructor(
    private readonly kit: SamplerKit,
    private readonly buffer: GPUBuffer,
    /** In place of the penalties alone. */
    readonly dispatch: Dispatch,
  ) {}

  /** @param plain the penalties alone */
  static async create(kit: SamplerKit, plain: Dispatch): Promise<TokenMask> {
    const { device, memory } = kit.gpu;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = memory.create('sampling', 'mask', maskWords(kit.shape.vocabSize) * 4, usage);
    const layout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'read-only-storage' } }],
    });
    const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] });
    const files = [tokenOrder, sampling, allowMask, penalise];
    const pipeline = await kit.compile('penalise by a mask', files, {}, [layout]);
    return new TokenMask(kit, buffer, { ...plain, pipeline, groups: [...plain.groups, group] });
  }

  write(mask: Uint32Array<ArrayBuffer>): void {
    this.kit.gpu.device.queue.writeBuffer(this.buffer, 0, mask);
  }
}
