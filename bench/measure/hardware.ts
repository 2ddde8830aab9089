import type { GpuDevice } from '../../src/gpu/device';
import type { Dispatch } from '../../src/gpu/dispatch';
import { KernelCompiler, type KernelSource } from '../../src/gpu/kernel';
import type { GpuTimer } from '../../src/gpu/timestamps';
import dependentSource from '../shaders/dependent.wgsl?raw';
import dotSource from '../shaders/dot.wgsl?raw';
import fillSource from '../shaders/fill.wgsl?raw';
import readSource from '../shaders/read.wgsl?raw';
import type { Effort } from './effort';
import { warmUp } from './kernels';

/** What the device does at best, measured with kernels of one purpose each. */
export interface Ceilings {
  /** Of reads, in bytes a second. */
  bandwidth: number;
  /** Of an empty dispatch that waits for the one before, in nanoseconds. */
  dispatchNanoseconds: number;
  /** int8 multiplications with addition a second; null without packed dot products. */
  dotRate: number | null;
}

const WORKGROUP = 256;
const READ_GROUPS = [132, 1056, 2112, 4224, 16896];
const READ_TIMES = 10;
const DISPATCHES = 1000;
const DOT = { TURNS: 256, chains: 8, times: 4 };
const MACS_PER_DOT = 4;
const ROUNDS = 3;

export async function measureCeilings(gpu: GpuDevice, timer: GpuTimer, effort: Effort): Promise<Ceilings> {
  const compiler = new KernelCompiler(gpu);
  const sink = gpu.memory.create('benchmark', 'sink', 16, GPUBufferUsage.STORAGE);
  const measure = async (dispatches: Dispatch[]) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await timer.measure(dispatches));
    return Math.min(...times);
  };
  try {
    const tiny = await oneBufferDispatch(gpu, compiler, 'dependent', dependentSource, {}, sink, 1);
    const chain = Array<Dispatch>(DISPATCHES).fill(tiny);
    await warmUp(timer, chain, effort.warmMilliseconds);
    const dispatchNanoseconds = (await measure(chain)) / DISPATCHES;
    return {
      dispatchNanoseconds,
      bandwidth: await measureBandwidth(gpu, compiler, measure, sink, effort.bandwidthBytes),
      dotRate: await measureDotRate(gpu, compiler, measure, sink, effort.dotGroups),
    };
  } finally {
    gpu.memory.free(sink);
  }
}

type Measure = (dispatches: Dispatch[]) => Promise<number>;

async function measureBandwidth(
  gpu: GpuDevice,
  compiler: KernelCompiler,
  measure: Measure,
  sink: GPUBuffer,
  wanted: number,
): Promise<number> {
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.limits;
  const bytes = Math.floor(Math.min(wanted, maxStorageBufferBindingSize, maxBufferSize) / 16) * 16;
  const buffer = gpu.memory.create('benchmark', 'read', bytes, GPUBufferUsage.STORAGE);
  try {
    const fill = await oneBufferDispatch(gpu, compiler, 'fill', fillSource, { WORKGROUP }, buffer, READ_GROUPS[0]);
    await measure([fill]);
    const layout = bindGroupLayout(gpu, ['read-only-storage', 'storage']);
    const pipeline = await compiler.compile({
      label: 'read',
      files: [readSource],
      constants: { WORKGROUP, QUADS: bytes / 16 },
      layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    });
    const groups = [bind(gpu, layout, [buffer, sink])];
    let best = Infinity;
    for (const count of READ_GROUPS.filter((threads) => threads * WORKGROUP * 16 <= bytes)) {
      const read: Dispatch = { pipeline, groups, workgroups: [count, 1, 1] };
      best = Math.min(best, await measure(Array<Dispatch>(READ_TIMES).fill(read)));
    }
    return (READ_TIMES * bytes * 1e9) / best;
  } finally {
    gpu.memory.free(buffer);
  }
}

async function measureDotRate(
  gpu: GpuDevice,
  compiler: KernelCompiler,
  measure: Measure,
  sink: GPUBuffer,
  groups: number,
): Promise<number | null> {
  if (!gpu.features.has('packed_4x8_integer_dot_product')) return null;
  const constants = { WORKGROUP, TURNS: DOT.TURNS };
  const dots = await oneBufferDispatch(gpu, compiler, 'dot', dotSource, constants, sink, groups);
  const nanoseconds = await measure(Array<Dispatch>(DOT.times).fill(dots));
  const macs = DOT.times * groups * WORKGROUP * DOT.TURNS * DOT.chains * MACS_PER_DOT;
  return (macs * 1e9) / nanoseconds;
}

async function oneBufferDispatch(
  gpu: GpuDevice,
  compiler: KernelCompiler,
  label: string,
  source: string,
  constants: KernelSource['constants'],
  buffer: GPUBuffer,
  groups: number,
): Promise<Dispatch> {
  const layout = bindGroupLayout(gpu, ['storage']);
  const pipeline = await compiler.compile({
    label,
    files: [source],
    constants,
    layout: gpu.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
  });
  return { pipeline, groups: [bind(gpu, layout, [buffer])], workgroups: [groups, 1, 1] };
}

function bindGroupLayout({ device }: GpuDevice, types: GPUBufferBindingType[]): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  });
}

function bind({ device }: GpuDevice, layout: GPUBindGroupLayout, buffers: GPUBuffer[]): GPUBindGroup {
  return device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
}
