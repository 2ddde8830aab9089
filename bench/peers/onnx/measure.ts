import { env, InferenceSession, Tensor } from 'onnxruntime-web/jspi';
import { GpuMemory } from '../../../src/gpu/memory';
import { GpuTimer } from '../../../src/gpu/timestamps';
import { CommandStream } from '../../measure/command-stream';
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
  runs: number;
  warmMilliseconds: number;
}

/** Times ONNX Runtime's kernel for one shape. */
export async function measureMatMul(
  shape: MatMulShape,
  quantisation: Quantisation,
  { nodes, runs, warmMilliseconds }: OnnxEffort,
): Promise<OnnxTime> {
  env.logLevel = 'error';
  const session = await InferenceSession.create(matMulChain(shape, quantisation, nodes), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
    graphOptimizationLevel: 'disabled',
  });
  try {
    const device = await env.webgpu.device;
    const words = new RandomWords(1, 'x');
    const data = Float32Array.from({ length: shape.rows * shape.inputs }, () => words.uniform() - 0.5);
    const x = new Tensor('float32', data, [shape.rows, shape.inputs]);
    const run = async () => {
      const start = performance.now();
      const outputs = await session.run({ x });
      await device.queue.onSubmittedWorkDone();
      const elapsed = performance.now() - start;
      for (const output of Object.values(outputs)) output.dispose();
      return elapsed;
    };
    for (const start = performance.now(); performance.now() - start < warmMilliseconds;) await run();
    const times: number[] = [];
    for (let index = 0; index < runs; index++) times.push(await run());
    const commands = await seen(run);
    return {
      blockSize: quantisation.blockSize,
      wallMicroseconds: (sample(times).median * 1000) / nodes,
      gpuMicroseconds: await gpuTime(device, commands, nodes, runs, warmMilliseconds),
      dispatchesPerNode: commands.length / nodes,
    };
  } finally {
    await session.release();
  }
}

/** The dispatches of one run, in order. */
async function seen(run: () => Promise<number>) {
  const stream = new CommandStream();
  try {
    await run();
  } finally {
    stream.stop();
  }
  return stream.submits.flatMap(({ dispatches }) => dispatches);
}

async function gpuTime(
  device: GPUDevice,
  dispatches: Awaited<ReturnType<typeof seen>>,
  nodes: number,
  runs: number,
  warmMilliseconds: number,
): Promise<number | null> {
  if (!device.features.has('timestamp-query')) return null;
  const timer = new GpuTimer({ device, memory: new GpuMemory(device) });
  try {
    await warmUp(timer, dispatches, warmMilliseconds);
    const times: number[] = [];
    for (let index = 0; index < runs; index++) times.push(await timer.measure(dispatches));
    return sample(times).median / 1000 / nodes;
  } finally {
    timer.dispose();
  }
}
