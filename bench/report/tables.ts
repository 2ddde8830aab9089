import type { Agreement } from '../measure/agreement';
import type { AbortResult } from '../measure/abort';
import type { CalibrationResult } from '../measure/calibration';
import type { KernelTable } from '../measure/kernels';
import type { Sample } from '../measure/statistics';
import type { ModelName } from '../model/shapes';
import { peerTables } from './peer-tables';
import type { ModelResult, Results } from './results';

/** A table to be shown: the first row has the columns' names, the first column the rows'. */
export interface Table {
  title: string;
  rows: string[][];
}

interface Row {
  name: string;
  cell: (model: ModelResult) => string | undefined;
}

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function count(value: number | null | undefined): string | undefined {
  return value === undefined || value === null ? undefined : COUNT.format(value);
}

function fixed(value: number | null | undefined, digits: number, unit = ''): string | undefined {
  return value === undefined || value === null ? undefined : value.toFixed(digits) + unit;
}

/** `1,234 (1,200 to 1,250)` */
function spread(sample: Sample | undefined): string | undefined {
  if (sample === undefined) return undefined;
  return `${COUNT.format(sample.median)} (${COUNT.format(sample.low)} to ${COUNT.format(sample.high)})`;
}

function percent(part: number | undefined, whole: number | undefined): string | undefined {
  return part === undefined || whole === undefined ? undefined : `${Math.round((100 * part) / whole)}%`;
}

/** `16 of 16` */
function agreement(found: Agreement | undefined): string | undefined {
  return found && `${found.agreeing} of ${found.decoded}`;
}

function megabytes(bytes: number | undefined): string | undefined {
  return fixed(bytes === undefined ? undefined : bytes / 1e6, 1, ' MB');
}

const contexts = ['16', '2048', '32768'];
const prompts = ['128', '512', '2048'];

const SPEED: Row[] = [
  ...contexts.map((context) => ({
    name: `decode sampled after ${context}, tokens/s`,
    cell: ({ detail }: ModelResult) => spread(detail.decode?.sampled[context]),
  })),
  ...contexts.map((context) => ({
    name: `decode greedy after ${context}, tokens/s`,
    cell: ({ detail }: ModelResult) => spread(detail.decode?.greedy[context]),
  })),
  {
    name: 'decode sampled after 16, 20 log probabilities each, tokens/s',
    cell: ({ detail }) => spread(detail.decode?.logprobs[16]),
  },
  { name: 'floor, tokens/s', cell: ({ floor }) => count(floor) },
  { name: 'sampled, share of the floor', cell: ({ decodeSampled, floor }) => percent(decodeSampled, floor) },
  ...prompts.map((length) => ({
    name: `prefill of ${length}, tokens/s`,
    cell: ({ detail }: ModelResult) => spread(detail.prefill?.rate[length]),
  })),
  {
    name: 'prefill floor (dot products), tokens/s',
    cell: ({ detail }) => count(detail.floor?.prefillTokensPerSecond),
  },
  {
    name: 'prefill of 512, share of it',
    cell: ({ prefill512, detail }) => percent(prefill512, detail.floor?.prefillTokensPerSecond ?? undefined),
  },
  { name: 'first token after 512, ms', cell: ({ firstToken512Ms }) => fixed(firstToken512Ms, 1) },
];

const FLOOR: Row[] = [
  { name: 'bytes a token', cell: ({ detail }) => megabytes(detail.floor?.bytesPerToken) },
  {
    name: 'read bandwidth',
    cell: ({ detail }) => fixed(detail.floor && detail.floor.bandwidth / 1e12, 2, ' TB/s'),
  },
  { name: 'dispatches at least', cell: ({ detail }) => count(detail.floor?.dispatches) },
  {
    name: 'empty dependent dispatch on the GPU',
    cell: ({ detail }) => fixed(detail.floor && detail.floor.dispatchNanoseconds / 1000, 2, ' us'),
  },
  { name: 'both on the GPU', cell: ({ detail }) => fixed(detail.floor?.gpuMilliseconds, 3, ' ms') },
  {
    name: 'the same stream doing nothing',
    cell: ({ detail }) => fixed(detail.floor?.nothingMilliseconds.median, 3, ' ms'),
  },
  {
    name: 'dot products',
    cell: ({ detail }) =>
      fixed(detail.floor?.dotRate === undefined ? undefined : (detail.floor.dotRate ?? 0) / 1e12, 1, ' TMAC/s'),
  },
];

const MEMORY: Row[] = [
  { name: 'all buffers at their peak', cell: ({ gpuBytes }) => megabytes(gpuBytes) },
  ...['ternary', 'embeddings', 'parameters', 'activations', 'state', 'sampling', 'readback'].map((kind) => ({
    name: kind,
    cell: ({ detail }: ModelResult) => megabytes(detail.memory?.gpuBytes[kind]),
  })),
  { name: 'bits a ternary weight', cell: ({ detail }) => fixed(detail.memory?.ternaryBits, 2) },
  { name: 'bits a parameter, all in all', cell: ({ detail }) => fixed(detail.memory?.bitsPerParameter, 2) },
  { name: 'one state', cell: ({ detail }) => count(detail.memory?.stateBytes) },
  { name: 'tensors of the pack', cell: ({ detail }) => megabytes(detail.memory?.packBytes) },
  { name: 'dispatches a token', cell: ({ detail }) => fixed(detail.memory?.perToken.dispatches, 0) },
  { name: 'passes a token', cell: ({ detail }) => fixed(detail.memory?.perToken.passes, 3) },
  { name: 'submits a token', cell: ({ detail }) => fixed(detail.memory?.perToken.submits, 3) },
  { name: 'buffers created a token', cell: ({ detail }) => fixed(detail.memory?.perToken.buffersCreated, 0) },
  { name: 'bind groups created a token', cell: ({ detail }) => fixed(detail.memory?.perToken.bindGroupsCreated, 0) },
  { name: 'decoded tokens that logits agree with', cell: ({ detail }) => agreement(detail.memory?.agreement) },
  { name: 'deviation of the logits', cell: ({ detail }) => fixed(detail.memory?.logitDeviation, 2) },
];

const LOAD: Row[] = [
  { name: 'cold start to the first token', cell: ({ coldStartMs }) => fixed(coldStartMs, 0, ' ms') },
  { name: 'warm start to the first token, ms', cell: ({ detail }) => spread(detail.load?.warmMilliseconds) },
  { name: 'cold load', cell: ({ detail }) => fixed(detail.load?.coldLoadMilliseconds, 0, ' ms') },
  { name: 'warm load, ms', cell: ({ detail }) => spread(detail.load?.warmLoadMilliseconds) },
  { name: 'peak JavaScript heap, cold', cell: ({ detail }) => megabytes(detail.load?.coldPeakHeapBytes) },
  { name: 'peak JavaScript heap, warm', cell: ({ detail }) => megabytes(detail.load?.warmPeakHeapBytes) },
  {
    name: 'longest main-thread task (0: under 50 ms)',
    cell: ({ detail }) => fixed(detail.load?.longestTaskMilliseconds, 0, ' ms'),
  },
  {
    name: 'longest time between frames',
    cell: ({ detail }) => fixed(detail.load?.longestFrameMilliseconds, 0, ' ms'),
  },
  { name: 'pack', cell: ({ detail }) => megabytes(detail.load?.packBytes) },
];

const SESSIONS: Row[] = [
  ...(['clone', 'save', 'restore'] as const).map((verb) => ({
    name: `${verb}, ms`,
    cell: ({ detail }: ModelResult) => fixed(detail.sessions?.[verb].median, 2),
  })),
  { name: 'bytes of a saved one', cell: ({ detail }) => count(detail.sessions?.savedBytes) },
  { name: 'tokens read by then', cell: ({ detail }) => count(detail.sessions?.tokens) },
];

/** All tables of a file of results; rows and tables that nothing is known for are left out. */
export function tables(results: Results): Table[] {
  const models = Object.entries(results.models) as [ModelName, ModelResult][];
  const ofModels = (title: string, rows: Row[]) => ({
    title,
    rows: [
      ['', ...models.map(([name]) => name)],
      ...rows.flatMap(({ name, cell }) => {
        const cells = models.map(([, model]) => cell(model));
        return cells.some((text) => text !== undefined) ? [[name, ...cells.map((text) => text ?? '-')]] : [];
      }),
    ],
  });
  const all: Table[] = [
    ofModels('Speed', SPEED),
    ofModels('The floor', FLOOR),
    ofModels('Memory and counts', MEMORY),
    ofModels('Starting', LOAD),
    ofModels('Sessions', SESSIONS),
    ...models.flatMap(([name, { detail }]) =>
      detail.kernels
        ? [
            kernelTable(`Kernels of a decode step, ${name}`, detail.kernels.decode),
            kernelTable(
              `Kernels of a prefill slice of ${detail.kernels.prefill.tokens} tokens, ${name}`,
              detail.kernels.prefill,
            ),
          ]
        : [],
    ),
    ...models.flatMap(([name, { detail }]) => (detail.abort ? [abortTable(name, detail.abort)] : [])),
    ...models.flatMap(([name, { detail }]) => (detail.calibration ? [calibrationTable(name, detail.calibration)] : [])),
    ...peerTables(results),
  ];
  return all.filter(({ rows }) => rows.length > 1);
}

function kernelTable(title: string, { kernels, wholeMicroseconds }: KernelTable): Table {
  const rows = kernels.map(({ kernel, count: times, workgroups, microseconds }) => [
    kernel,
    String(times),
    String(workgroups),
    microseconds.toFixed(2),
    (times * microseconds).toFixed(1),
  ]);
  const sum = kernels.reduce((total, { count: times, microseconds }) => total + times * microseconds, 0);
  return {
    title,
    rows: [
      ['kernel', 'times', 'workgroups', 'us each', 'us'],
      ...rows,
      ['sum', '', '', '', sum.toFixed(1)],
      ['whole, in one pass', '', '', '', wholeMicroseconds.toFixed(1)],
    ],
  };
}

function abortTable(name: ModelName, result: AbortResult): Table {
  const cell = ({ median, high }: Sample) => `${median.toFixed(1)}, ${high.toFixed(1)} at most`;
  const rows = Object.entries(result).map(([stage, { rejection, lastSubmit, idle }]) => [
    stage,
    cell(rejection),
    cell(lastSubmit),
    cell(idle),
  ]);
  return {
    title: `Milliseconds from an abort, ${name}`,
    rows: [['stage', 'to the rejection', 'to the last submit', 'until the GPU is idle'], ...rows],
  };
}

function calibrationTable(name: ModelName, { chosen, timings }: CalibrationResult): Table {
  const rows = timings.map(({ name: tuning, stepMilliseconds, rounds }) => [
    tuning,
    stepMilliseconds.toFixed(3),
    String(rounds),
    tuning === chosen ? 'yes' : '',
  ]);
  return { title: `Calibration, ${name}`, rows: [['tuning', 'ms a step', 'rounds', 'chosen'], ...rows] };
}
