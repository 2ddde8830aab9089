import { env, InferenceSession, Tensor } from 'onnxruntime-web/jspi';
import type { Dispatch } from '../../../src/gpu/dispatch';
import { GpuMemory } from '../../../src/gpu/memory';
import { GpuTimer } from '../../../src/gpu/timestamps';
import { CommandStream } from '../../measure/command-stream';
import { holdBuffers } from '../../measure/hold-buffers';
import { warmUp } from '../../measure/kernels';
import { sample } from '../../measure/statistics';
import { RandomWords } from '../../model/random-words';
import { matMulChain, type MatMulShape, type Quantisation } from './chain';

/** Microseconds of one node. */
export interface OnnxTime {
  blockSize: number;
  /** By the page's clock, over a chain of nodes in one run. */
  wallMicroseconds: number;
  /** By timestamps around the chain's own commands, submitted again in one pass; null without timestamps. */
  gpuMicroseconds: number | null;
  dispatchesPerNode: number;
}

export interface OnnxEffort {
  /** Nodes of a chain. */
  nodes: number;
  /** Measurements, unless `milliseconds` are over before. */
  runs: number;
  milliseconds: number;
  warmMilliseconds: number;
}

/** Times ONNX Runtime's kernel for one shape. */
export async function measureMatMul(
  shape: MatMulShape,
  quantisation: Quantisation,
  effort: OnnxEffort,
): Promise<OnnxTime> {
  const { nodes } = effort;
  env.logLevel = 'error';
  const session = await InferenceSession.create(matMulChain(shape, quantisation, nodes), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
    graphOptimizationLevel: 'disabled',
  });
  try {
    const device = await env.webgpu.device;
    const x = new Tensor('float32', randomRows(shape), [shape.rows, shape.inputs]);
    const run = async () => {
      const start = performance.now();
      const outputs = await session.run({ x });
      await device.queue.onSubmittedWorkDone();
      const elapsed = performance.now() - start;
      for (const output of Object.values(outputs)) output.dispose();
      return elapsed;
    };
    const { commands, gpuNanoseconds } = await timedAgain(device, run, effort);
    await repeated(run, Infinity, effort.warmMilliseconds);
    const wallMilliseconds = sample(await repeated(run, effort.runs, effort.milliseconds)).median;
    return {
      blockSize: quantisation.blockSize,
      wallMicroseconds: (wallMilliseconds * 1000) / nodes,
      gpuMicroseconds: gpuNanoseconds === null ? null : gpuNanoseconds / 1000 / nodes,
      dispatchesPerNode: commands.length / nodes,
    };
  } finally {
    await session.release();
  }
}

function randomRows({ rows, inputs }: MatMulShape): Float32Array {
  const words = new RandomWords(1, 'x');
  const data = new Float32Array(rows * inputs);
  for (let index = 0; index < data.length; index++) data[index] = words.uniform() - 0.5;
  return data;
}

/** What is measured once or more often, until it was `runs` times or the time is over. */
async function repeated(measure: () => Promise<number>, runs: number, milliseconds: number): Promise<number[]> {
  const values: number[] = [];
  const start = performance.now();
  do values.push(await measure());
  while (values.length < runs && performance.now() - start < milliseconds);
  return values;
}

/** The commands of one run and the GPU's time for them; what they use is kept meanwhile, as the runtime frees its buffers. */
async function timedAgain(device: GPUDevice, run: () => Promise<number>, effort: OnnxEffort) {
  const release = holdBuffers();
  try {
    const commands = await seen(run);
    return { commands, gpuNanoseconds: await gpuTime(device, commands, effort) };
  } finally {
    release();
  }
}

/** The dispatches of one run, in order. */
async function seen(run: () => Promise<number>): Promise<Dispatch[]> {
  const stream = new CommandStream();
  try {
    await run();
  } finally {
    stream.stop();
  }
  return stream.submits.flatMap(({ dispatches }) => dispatches);
}

/** Nanoseconds of all dispatches in one pass; null without timestamps. */
async function gpuTime(
  device: GPUDevice,
  dispatches: Dispatch[],
  { runs, milliseconds, warmMilliseconds }: OnnxEffort,
): Promise<number | null> {
  if (!device.features.has('timestamp-query')) return null;
  const timer = new GpuTimer({ device, memory: new GpuMemory(device) });
  try {
    device.pushErrorScope('validation');
    await timer.measure(dispatches);
    const error = await device.popErrorScope();
    // Else the time of commands would be measured that the device refuses.
    if (error !== null) throw new TypeError(`the commands cannot be submitted again: ${error.message}`);
    await warmUp(timer, dispatches, warmMilliseconds);
    return sample(await repeated(() => timer.measure(dispatches), runs, milliseconds)).median;
  } finally {
    timer.dispose();
  }
}
