import type { Projection, ProjectionName } from './projections';
import type { Tuning } from './tuning';

/** How one projection is cut into workgroups (src/shaders/ternary_rows.wgsl). */
export interface RowShape {
  /** Invocations a workgroup. */
  workgroup: number;
  /** Invocations of a team, which works on the same rows; a power of two, within a subgroup where there are any. */
  lanes: number;
  /** Rows that a team works on at once. */
  rowsPerTeam: number;
  /** Shares of so many rows that a workgroup works on one after the other. */
  rounds: number;
  /** Groups of four words that a lane asks for ahead of the work before them, at most. */
  early: number;
}

const LARGEST_TEAM = { subgroup: 32, workgroup: 16, single: 1 };
/** Groups of four words beyond which a row is long: its team is larger, and fewer workgroups repeat its head. */
const LONG_ROW = 40;
const SHORT_ROW_TEAM = 16;
/** Workgroups of a projection, by choice. */
const WORKGROUPS = { short: 256, long: 128 };
const MOST_WORKGROUPS = 256;
const MOST_ROWS_PER_TEAM = 4;
/** Groups that a lane asks for ahead of a single row of each matrix; of several rows enough loads are under way anyway. */
const MOST_EARLY = 6;

/** Cuts a projection into workgroups. The numbers are what was fastest on an H100 (docs/PERFORMANCE.md). */
export function rowShape(
  tuning: Tuning,
  name: ProjectionName,
  { rows, groups, matrices }: Pick<Projection, 'rows' | 'groups' | 'matrices'>,
): RowShape {
  const forced = tuning.shapes[name] ?? {};
  const length = groups > LONG_ROW ? 'long' : 'short';
  const largestTeam = tuning.team === 'subgroup' ? tuning.subgroup : LARGEST_TEAM[tuning.team];
  const workgroup = forced.workgroup ?? tuning.workgroup;
  const lanes = Math.min(forced.lanes ?? teamLanes(groups), largestTeam);
  const teams = workgroup / lanes;
  const share = Math.min(MOST_ROWS_PER_TEAM, Math.ceil(rows / (teams * WORKGROUPS[length])));
  const rowsPerTeam = Math.min(forced.rowsPerTeam ?? share, lanes);
  const rounds = Math.ceil(rows / (teams * rowsPerTeam * MOST_WORKGROUPS));
  const early = rowsPerTeam > 1 ? 1 : Math.floor(MOST_EARLY / matrices);
  return { rounds, early, ...forced, workgroup, lanes, rowsPerTeam };
}

/** Invocations that suit a row of so many groups of four words: some idle once rather than that most work once more. */
function teamLanes(groups: number): number {
  const most = groups > LONG_ROW ? LARGEST_TEAM.subgroup : SHORT_ROW_TEAM;
  return Math.min(most, 2 ** Math.round(Math.log2(groups)));
}

/** Rows of a projection that one workgroup takes. */
export function rowsPerGroup({ workgroup, lanes, rowsPerTeam, rounds }: RowShape): number {
  return (workgroup / lanes) * rowsPerTeam * rounds;
}
