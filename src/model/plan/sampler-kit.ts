import type { GpuDevice } from '../../gpu/device';
import type { Dispatch } from '../../gpu/dispatch';

/** How the sampler is cut. */
export interface SamplerShape {
  vocabSize: number;
  /** Slots of the state ring, and of the ring of results. */
  slots: number;
  /** Invocations of the workgroup that chooses, a multiple of 16. */
  workgroup: number;
}

/** What a part of the sampler is made with. All kernels bind the step, memory of their part, and the logits. */
export interface SamplerKit {
  gpu: GpuDevice;
  shape: SamplerShape;
  /** Compiles files behind step.wgsl, with the sampler's sizes; `others` are groups behind the one of all. */
  compile(
    label: string,
    files: string[],
    constants?: Record<string, number>,
    others?: readonly GPUBindGroupLayout[],
  ): Promise<GPUComputePipeline>;
  bind(memory: GPUBuffer): GPUBindGroup;
}

/** A dispatch with a thread for each of `count`. */
export function overAll(pipeline: GPUComputePipeline, group: GPUBindGroup, count: number, workgroup: number): Dispatch {
  return { pipeline, groups: [group], workgroups: [Math.ceil(count / workgroup), 1, 1] };
}
