/** How long and how often to measure. */
export interface Effort {
  /** Measurements of each thing. */
  runs: number;
  /** Length of one measurement of decoding or of submits in flight, in milliseconds. */
  runMilliseconds: number;
  /** Work before the first measurement, in milliseconds: a GPU at idle clocks is several times slower. */
  warmMilliseconds: number;
  /** Tokens before the decoded ones. */
  contexts: readonly number[];
  /** Lengths of the prompts of the prefill. */
  prompts: readonly number[];
  /** Dispatches of one measurement of a kernel at least. */
  kernelRepetitions: number;
  /** Bytes that the bandwidth kernel reads at once. */
  bandwidthBytes: number;
  /** Workgroups of the dot product kernel. */
  dotGroups: number;
}

const MEBIBYTE = 2 ** 20;

export const FULL_EFFORT: Effort = {
  runs: 5,
  runMilliseconds: 400,
  warmMilliseconds: 1000,
  contexts: [16, 2048, 32768],
  prompts: [128, 512, 2048],
  kernelRepetitions: 200,
  bandwidthBytes: 1024 * MEBIBYTE,
  dotGroups: 4096,
};

export const QUICK_EFFORT: Effort = {
  ...FULL_EFFORT,
  runs: 3,
  runMilliseconds: 150,
  warmMilliseconds: 300,
  contexts: [16],
  prompts: [512],
  kernelRepetitions: 100,
};

/** Proves that everything runs, in a moment, on a CPU too; its times mean nothing. */
export const SMOKE_EFFORT: Effort = {
  runs: 2,
  runMilliseconds: 20,
  warmMilliseconds: 20,
  contexts: [4, 20],
  prompts: [12],
  kernelRepetitions: 8,
  bandwidthBytes: MEBIBYTE,
  dotGroups: 4,
};

export const EFFORTS = { full: FULL_EFFORT, quick: QUICK_EFFORT, smoke: SMOKE_EFFORT } as const;
export type EffortName = keyof typeof EFFORTS;
