import type { ModelName } from '../model/shapes';
import {
  type Failure,
  type KernelComparison,
  type OnnxResult,
  type PeerResults,
  PROJECTIONS,
  type WllamaRun,
} from './peer-results';
import type { ModelResult, Results } from './results';
import type { Table } from './tables';

/** Tables of what others make of the same shapes. */
export function peerTables({ peers, models }: Results): Table[] {
  return [
    onnxTable('ONNX Runtime MatMulNBits, 2 bits', peers.ort2),
    onnxTable('ONNX Runtime MatMulNBits, 4 bits', peers.ort4),
    wllamaTable(peers.wllama, models),
    pytorchTable(peers.pytorch, models),
  ].filter(({ rows }) => rows.length > 1);
}

function onnxTable(title: string, results: PeerResults['ort2']): Table {
  const head = ['us', 'shape', '1 row', 'ours', 'ratio', 'net ratio', 'wall', '512 rows', 'ours', 'ratio'];
  const rows = (Object.entries(results ?? {}) as [ModelName, OnnxResult][]).flatMap(([model, result]) => [
    ...PROJECTIONS.flatMap((projection) => {
      const comparison = result[projection];
      if (comparison === undefined) return [];
      const { outputs, inputs, rows1, rows512 } = comparison;
      return [
        [
          `${model} ${projection}`,
          `${outputs} x ${inputs}`,
          ...times(rows1),
          ratio(rows1.gpuNet, rows1.oursNet),
          rows1.wall.toFixed(1),
          ...times(rows512),
        ],
      ];
    }),
    ...(result.error === undefined ? [] : [[model, result.error, ...Array<string>(head.length - 2).fill('')]]),
  ]);
  return { title, rows: [head, ...rows] };
}

function times({ gpu, ours }: KernelComparison): string[] {
  return [microseconds(gpu), microseconds(ours), ratio(gpu, ours)];
}

function wllamaTable(results: PeerResults['wllama'], models: Results['models']): Table {
  const head = ['wllama', 'tokens/s', 'ours', 'ratio', 'weights on', 'threads', 'its buffers'];
  const rows = Object.entries(results ?? {}).flatMap(([model, { cpuTQ2_0, webgpuQ4_0 }]) =>
    (
      [
        ['TQ2_0, CPU', cpuTQ2_0],
        ['Q4_0, WebGPU asked for', webgpuQ4_0],
      ] as const
    ).map(([path, run]) => [`${model} ${path}`, ...wllamaCells(run, models[model as ModelName])]),
  );
  return { title: 'wllama', rows: [head, ...rows] };
}

function wllamaCells(run: WllamaRun | Failure, ours: ModelResult | undefined): string[] {
  if ('error' in run) return [run.error, '', '', '', '', ''];
  const { tokensPerSecond, places, threads, peakBytes } = run;
  return [...rates(tokensPerSecond, ours), places.join(', '), String(threads), megabytes(peakBytes)];
}

function pytorchTable(results: PeerResults['pytorch'], models: Results['models']): Table {
  const head = ['PyTorch', 'tokens/s', 'ours', 'ratio', 'peak bytes', 'ours', 'ratio'];
  const rows = Object.entries(results ?? {}).map(([model, run]) => {
    if ('error' in run) return [model, run.error, '', '', '', '', ''];
    const ours = models[model as ModelName];
    const bytes = ours?.gpuBytes;
    return [
      model,
      ...rates(run.tokensPerSecond, ours),
      run.peakBytes === null ? '-' : megabytes(run.peakBytes),
      bytes === undefined ? '-' : megabytes(bytes),
      ratio(run.peakBytes, bytes),
    ];
  });
  return { title: 'PyTorch', rows: [head, ...rows] };
}

/** Their tokens a second, ours, and how many times theirs ours are. */
function rates(theirs: number, model: ModelResult | undefined): string[] {
  const ours = model?.decodeGreedy;
  return [theirs.toFixed(1), ours?.toFixed(0) ?? '-', ratio(ours, theirs)];
}

function ratio(a: number | null | undefined, b: number | null | undefined): string {
  return typeof a === 'number' && typeof b === 'number' ? (a / b).toFixed(2) : '-';
}

function microseconds(value: number | null): string {
  return value === null ? '-' : value.toFixed(1);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
