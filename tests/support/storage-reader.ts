import type { GpuDevice } from '../../src/gpu/device';
import { KernelCompiler } from '../../src/gpu/kernel';

const WORKGROUP = 64;

const COPY = `
@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> copy: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&source)) {
    copy[id.x] = source[id.x];
  }
}`;

/** Reads storage buffers back, those without COPY_SRC too: a kernel copies them. At most 16 MiB. */
export class StorageReader {
  private constructor(
    private readonly gpu: GpuDevice,
    private readonly layout: GPUBindGroupLayout,
    private readonly pipeline: GPUComputePipeline,
  ) {}

  static async create(gpu: GpuDevice): Promise<StorageReader> {
    const types: GPUBufferBindingType[] = ['read-only-storage', 'storage'];
    const layout = gpu.device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
    });
    const pipeline = await new KernelCompiler(gpu).compile({
      label: 'read storage',
      files: [COPY],
      constants: { WORKGROUP },
      layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    });
    return new StorageReader(gpu, layout, pipeline);
  }

  /** The bytes of `source` after all work submitted so far. */
  async read(source: GPUBuffer): Promise<ArrayBuffer> {
    const { device } = this.gpu;
    const { size } = source;
    const copy = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
    const mapped = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const group = device.createBindGroup({
      layout: this.layout,
      entries: [source, copy].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.ceil(size / 4 / WORKGROUP));
    pass.end();
    encoder.copyBufferToBuffer(copy, 0, mapped, 0, size);
    device.queue.submit([encoder.finish()]);
    await mapped.mapAsync(GPUMapMode.READ);
    const bytes = mapped.getMappedRange().slice(0);
    mapped.destroy();
    copy.destroy();
    return bytes;
  }
}
