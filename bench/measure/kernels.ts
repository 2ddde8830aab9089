import type { Dispatch } from '../../src/gpu/dispatch';
import { GpuTimer } from '../../src/gpu/timestamps';
import { replayWrites } from './command-stream';
import type { Effort } from './effort';
import { sample } from './statistics';
import { watchDecode, watchSlice } from './step-stream';
import type { Subject } from './subject';

/** GPU time of one kind of kernel. */
export interface KernelTime {
  /** The pipeline's label. */
  kernel: string;
  /** Dispatches of it in a step or slice. */
  count: number;
  /** Workgroups of its first dispatch. */
  workgroups: number;
  /** Microseconds of one dispatch in a pass of only this kind, all layers in turn. */
  microseconds: number;
}

export interface KernelTable {
  /** Tokens that the step or slice feeds. */
  tokens: number;
  kernels: KernelTime[];
  /** GPU time of the whole step or slice in one pass, in microseconds. */
  wholeMicroseconds: number;
}

export interface KernelsResult {
  decode: KernelTable;
  /** Of a whole slice of a longer prompt. */
  prefill: KernelTable;
}

const ROUNDS = 3;
/** Long enough that the first slice is a whole one. */
const PREFILL_PROMPT = 1024;

/** Where the time of a decode step and of a prefill slice goes, by timestamp queries. @throws GpuError without them. */
export async function measureKernels(subject: Subject, effort: Effort): Promise<KernelsResult> {
  const timer = new GpuTimer(subject.gpu);
  try {
    const decode = await watchDecode(subject, async ({ dispatches }) => {
      await warmUp(timer, dispatches, effort.warmMilliseconds);
      return { tokens: 1, ...(await kernelTable(timer, dispatches, effort.kernelRepetitions, () => undefined)) };
    });
    const length = Math.min(PREFILL_PROMPT, Math.max(...effort.prompts));
    const { submit: slice, tokens } = await watchSlice(subject, length);
    const prepare = () => {
      replayWrites(subject.gpu, slice);
    };
    const prefill = await kernelTable(timer, slice.dispatches, effort.kernelRepetitions / 4, prepare);
    return { decode, prefill: { tokens, ...prefill } };
  } finally {
    timer.dispose();
  }
}

/** Runs dispatches until the clocks of the GPU are up. */
export async function warmUp(timer: GpuTimer, dispatches: readonly Dispatch[], milliseconds: number): Promise<void> {
  for (const start = performance.now(); performance.now() - start < milliseconds;) await timer.measure(dispatches);
}

/** @param prepare puts what the dispatches read from the host in place */
async function kernelTable(
  timer: GpuTimer,
  dispatches: readonly Dispatch[],
  repetitions: number,
  prepare: () => void,
): Promise<Omit<KernelTable, 'tokens'>> {
  const measure = async (list: readonly Dispatch[], times: number) => {
    const values: number[] = [];
    const repeated = Array.from({ length: times }, () => list).flat();
    for (let round = 0; round < ROUNDS; round++) {
      prepare();
      values.push((await timer.measure(repeated)) / 1000);
    }
    return sample(values).median;
  };
  const kernels: KernelTime[] = [];
  for (const [kernel, list] of byLabel(dispatches)) {
    const times = Math.max(1, Math.ceil(repetitions / list.length));
    const [x, y, z] = list[0].workgroups;
    const microseconds = (await measure(list, times)) / (times * list.length);
    kernels.push({ kernel, count: list.length, workgroups: x * y * z, microseconds });
  }
  const steps = Math.max(1, Math.ceil(repetitions / dispatches.length));
  return { kernels, wholeMicroseconds: (await measure(dispatches, steps)) / steps };
}

function byLabel(dispatches: readonly Dispatch[]): Map<string, Dispatch[]> {
  const lists = new Map<string, Dispatch[]>();
  for (const dispatch of dispatches) {
    const { label } = dispatch.pipeline;
    lists.set(label, [...(lists.get(label) ?? []), dispatch]);
  }
  return lists;
}
