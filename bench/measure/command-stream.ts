import type { Dispatch } from '../../src/gpu/dispatch';
import { observe } from './observe';

/** A small write of the host that later dispatches read. */
export interface HostWrite {
  buffer: GPUBuffer;
  offset: number;
  data: ArrayBuffer;
}

/** What one submit carried. */
export interface Submit {
  /** Since the submit before. */
  writes: HostWrite[];
  dispatches: Dispatch[];
  passes: number;
}

/** Larger writes are uploads of weights. */
const LARGEST_WRITE = 2 ** 18;

interface PassState {
  pipeline: GPUComputePipeline | undefined;
  groups: GPUBindGroup[];
}

interface Recording {
  dispatches: Dispatch[];
  passes: number;
}

/** Keeps what is submitted to the GPU from its making until `stop`, and counts what is created meanwhile. */
export class CommandStream {
  readonly submits: Submit[] = [];
  buffersCreated = 0;
  bindGroupsCreated = 0;
  pipelinesCreated = 0;

  readonly #ends: (() => void)[];
  readonly #passes = new WeakMap<GPUComputePassEncoder, { state: PassState; recording: Recording }>();
  readonly #encoders = new WeakMap<GPUCommandEncoder, Recording>();
  readonly #commands = new WeakMap<GPUCommandBuffer, Recording>();
  #writes: HostWrite[] = [];

  constructor() {
    const device = GPUDevice.prototype;
    const encoder = GPUCommandEncoder.prototype;
    const pass = GPUComputePassEncoder.prototype;
    this.#ends = [
      observe(device, 'createBuffer', () => this.buffersCreated++),
      observe(device, 'createBindGroup', () => this.bindGroupsCreated++),
      observe(device, 'createComputePipeline', () => this.pipelinesCreated++),
      observe(device, 'createComputePipelineAsync', () => this.pipelinesCreated++),
      observe(device, 'createCommandEncoder', (_, __, made) => this.#encoders.set(made, { dispatches: [], passes: 0 })),
      observe(encoder, 'beginComputePass', (owner, _, made) => {
        this.#begin(owner, made);
      }),
      observe(encoder, 'finish', (owner, _, made) => {
        this.#finish(owner, made);
      }),
      observe(pass, 'setPipeline', (owner, [pipeline]) => {
        this.#setPipeline(owner, pipeline);
      }),
      observe(pass, 'setBindGroup', (owner, [index, group]) => {
        this.#setBindGroup(owner, index, group);
      }),
      observe(pass, 'dispatchWorkgroups', (owner, [x, y, z]) => {
        this.#dispatch(owner, [x, y ?? 1, z ?? 1]);
      }),
      observe(GPUQueue.prototype, 'writeBuffer', (_, [buffer, offset, data]) => {
        this.#write(buffer, offset, data);
      }),
      observe(GPUQueue.prototype, 'submit', (_, [commands]) => {
        this.#submit([...commands]);
      }),
    ];
  }

  get dispatches(): number {
    return this.submits.reduce((sum, { dispatches }) => sum + dispatches.length, 0);
  }

  get passes(): number {
    return this.submits.reduce((sum, { passes }) => sum + passes, 0);
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  #begin(owner: GPUCommandEncoder, made: GPUComputePassEncoder): void {
    const recording = this.#encoders.get(owner);
    if (recording === undefined) return;
    recording.passes++;
    this.#passes.set(made, { state: { pipeline: undefined, groups: [] }, recording });
  }

  #finish(owner: GPUCommandEncoder, made: GPUCommandBuffer): void {
    const recording = this.#encoders.get(owner);
    if (recording) this.#commands.set(made, recording);
  }

  #setPipeline(owner: GPUComputePassEncoder, pipeline: GPUComputePipeline): void {
    const open = this.#passes.get(owner);
    if (open) open.state.pipeline = pipeline;
  }

  #setBindGroup(owner: GPUComputePassEncoder, index: number, group: GPUBindGroup | null | undefined): void {
    const open = this.#passes.get(owner);
    if (open && group) open.state.groups[index] = group;
  }

  #dispatch(owner: GPUComputePassEncoder, workgroups: Dispatch['workgroups']): void {
    const open = this.#passes.get(owner);
    if (open?.state.pipeline === undefined) return;
    const { pipeline, groups } = open.state;
    open.recording.dispatches.push({ pipeline, groups: [...groups], workgroups });
  }

  #write(buffer: GPUBuffer, offset: number, data: AllowSharedBufferSource): void {
    if (data.byteLength > LARGEST_WRITE) return;
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    this.#writes.push({ buffer, offset, data: bytes.slice().buffer });
  }

  #submit(commands: readonly GPUCommandBuffer[]): void {
    const recordings = commands.flatMap((command) => this.#commands.get(command) ?? []);
    this.submits.push({
      writes: this.#writes,
      dispatches: recordings.flatMap(({ dispatches }) => dispatches),
      passes: recordings.reduce((sum, { passes }) => sum + passes, 0),
    });
    this.#writes = [];
  }
}

/** Makes the host's writes of a submit again. */
export function replayWrites({ device }: { device: GPUDevice }, { writes }: Submit): void {
  for (const { buffer, offset, data } of writes) device.queue.writeBuffer(buffer, offset, data);
}

function isSame(a: Dispatch, b: Dispatch): boolean {
  return (
    a.pipeline === b.pipeline &&
    a.groups.length === b.groups.length &&
    a.groups.every((group, index) => group === b.groups[index]) &&
    a.workgroups.every((count, index) => count === b.workgroups[index])
  );
}

/** The shortest list whose repetition gives all dispatches: one step of a submit of several. */
export function onePeriod(dispatches: readonly Dispatch[]): readonly Dispatch[] {
  for (let period = 1; period < dispatches.length; period++) {
    const divides = dispatches.length % period === 0;
    if (divides && dispatches.every((dispatch, index) => isSame(dispatch, dispatches[index % period]))) {
      return dispatches.slice(0, period);
    }
  }
  return dispatches;
}
