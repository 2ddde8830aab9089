import type { KernelTable } from '../measure/kernels';
import { type KernelComparison, type OnnxResult, PROJECTIONS, type ProjectionName } from './peer-results';
import type { ModelName } from '../model/shapes';
import type { ModelResult, Results } from './results';

/** Rows of the comparison with prefill. */
export const PREFILL_ROWS = 512;

type TheirTime = Pick<KernelComparison, 'gpu' | 'wall' | 'dispatches' | 'blockSize'>;

interface OurTime {
  microseconds: number;
  dispatches: number;
}

/** A peer's time with ours beside it, as far as the model's kernels were measured. */
export function compare(theirs: TheirTime, ours: OurTime | undefined, dispatchNanoseconds: number | undefined) {
  const net = (microseconds: number | null, dispatches: number) =>
    microseconds === null || dispatchNanoseconds === undefined
      ? null
      : microseconds - (dispatches * dispatchNanoseconds) / 1000;
  return {
    ...theirs,
    ours: ours?.microseconds ?? null,
    gpuNet: net(theirs.gpu, theirs.dispatches),
    oursNet: ours ? net(ours.microseconds, ours.dispatches) : null,
  } satisfies KernelComparison;
}

/** Our time of one projection of one layer: for one row in a decode step, or for 512 rows in slices of a prefill. */
export function ourTime(
  { detail }: ModelResult,
  projection: ProjectionName,
  rows: 1 | typeof PREFILL_ROWS,
): OurTime | undefined {
  const table: KernelTable | undefined = rows === 1 ? detail.kernels?.decode : detail.kernels?.prefill;
  const kernels = table?.kernels.filter(({ kernel }) => kernel.startsWith(`${projection} `)) ?? [];
  if (table === undefined || kernels.length === 0) return undefined;
  const slices = rows / table.tokens;
  return {
    microseconds: slices * kernels.reduce((sum, { microseconds }) => sum + microseconds, 0),
    dispatches: slices * kernels.length,
  };
}

/** The same results with our newest times beside ONNX Runtime's. */
export function withOurTimes({ peers, ...others }: Results): Results {
  const again = (results: Partial<Record<ModelName, OnnxResult>> = {}) =>
    Object.fromEntries(
      (Object.entries(results) as [ModelName, OnnxResult][]).map(([model, result]) => [
        model,
        besideOurs(result, others.models[model]),
      ]),
    );
  return {
    ...others,
    peers: {
      ...peers,
      ...(peers.ort2 && { ort2: again(peers.ort2) }),
      ...(peers.ort4 && { ort4: again(peers.ort4) }),
    },
  };
}

function besideOurs(result: OnnxResult, ours: ModelResult | undefined): OnnxResult {
  const dispatchNanoseconds = ours?.detail.floor?.dispatchNanoseconds;
  const fresh = { ...result };
  for (const projection of PROJECTIONS) {
    const found = result[projection];
    if (found === undefined) continue;
    const again = (theirs: KernelComparison, rows: 1 | typeof PREFILL_ROWS) =>
      compare(theirs, ours && ourTime(ours, projection, rows), dispatchNanoseconds);
    fresh[projection] = { ...found, rows1: again(found.rows1, 1), rows512: again(found.rows512, PREFILL_ROWS) };
  }
  return fresh;
}
