import type { GpuDevice } from '../../gpu/device';
import type { ModelConfig } from '../config';
import { tuningThatFits } from './fused-memory';
import { type Projection, type ProjectionName, projections } from './projections';
import { type RowShape, rowShape } from './row-shape';
import type { Tuning } from './tuning';

/** How a candidate differs from the default: in what a decode step's kernels are, never in what sizes buffers. */
interface Difference {
  plan?: Tuning['plan'];
  workgroup?: number;
  ahead?: boolean;
  /** What changes of how a projection is cut, given how the default cuts it. */
  recut?: (shape: RowShape, projection: Projection) => Partial<RowShape>;
}

/** Workgroups that a projection is to have where a team takes few or many rows at once. */
const FEW_WORKGROUPS = 96;
const MANY_WORKGROUPS = 256;
const MOST_ROWS_PER_TEAM = 4;

/** A tuning of decode steps that is worth a try. Names are stored: one that comes to mean something else needs another name. */
export type TuningName =
  | 'default'
  | 'small workgroups'
  | 'small teams'
  | 'large teams'
  | 'few workgroups'
  | 'many workgroups'
  | 'nothing ahead'
  | 'split';

const DIFFERENCES: Record<TuningName, Difference> = {
  default: {},
  'small workgroups': { workgroup: 128 },
  'small teams': { recut: ({ lanes }) => ({ lanes: Math.max(1, lanes / 2) }) },
  'large teams': { recut: ({ lanes }) => ({ lanes: lanes * 2 }) },
  'few workgroups': { recut: (shape, { rows }) => rowsFor(FEW_WORKGROUPS, rows, shape) },
  'many workgroups': { recut: (shape, { rows }) => rowsFor(MANY_WORKGROUPS, rows, shape) },
  'nothing ahead': { ahead: false },
  split: { plan: 'split' },
};

export const TUNING_NAMES = Object.keys(DIFFERENCES) as TuningName[];

/** The tunings that differ on this device for this model, the default first. All of them need the same buffers. */
export function candidates(gpu: GpuDevice, config: ModelConfig, base: Tuning): ReadonlyMap<TuningName, Tuning> {
  const all = Object.entries(projections(config, base.codes)) as [ProjectionName, Projection][];
  const shapesOf = (tuning: Tuning) => all.map(([name, projection]) => [name, rowShape(tuning, name, projection)]);
  const found = new Map<TuningName, Tuning>();
  const seen = new Set<string>();
  for (const name of TUNING_NAMES) {
    const { plan = base.plan, workgroup = base.workgroup, ahead = base.ahead, recut } = DIFFERENCES[name];
    const resized = { ...base, plan, workgroup, ahead };
    const shapes = Object.fromEntries(
      all.map(([key, projection]) => [key, recut?.(rowShape(resized, key, projection), projection) ?? {}]),
    );
    const tuning = { ...resized, shapes };
    const isKnown = seen.size === seen.add(JSON.stringify([plan, workgroup, ahead, shapesOf(tuning)])).size;
    if (!isKnown && tuningThatFits(gpu, config, tuning).plan === plan) found.set(name, tuning);
  }
  return found;
}

function rowsFor(workgroups: number, rows: number, { workgroup, lanes }: RowShape): Partial<RowShape> {
  const teams = workgroup / lanes;
  return { rowsPerTeam: Math.min(MOST_ROWS_PER_TEAM, Math.ceil(rows / (teams * workgroups))) };
}
