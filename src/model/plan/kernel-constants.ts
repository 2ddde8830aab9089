import type { KernelSource } from '../../gpu/kernel';
import type { Projection } from './projections';
import type { RowShape } from './row-shape';

type Constants = KernelSource['constants'];

/** Places of the tree by which a row's squares are added (src/shaders/normalise.wgsl). */
const TREE = 256;

/** What src/shaders/normalise.wgsl leaves open. @param subgroup invocations that are sure to share one */
export function normaliseConstants(
  { words, inputs, sums }: Projection,
  workgroup: number,
  subgroup: number,
): Constants {
  const places = TREE / workgroup;
  const turns = Math.ceil((words * 4) / TREE);
  return {
    WORKGROUP: workgroup,
    SUBGROUP: subgroup,
    SUBGROUPS: workgroup / subgroup,
    PLACES: places,
    TURNS_OF_ROW: turns,
    KEPT: places * turns,
    ACCUMULATORS: sums + inputs,
  };
}

/** What src/shaders/ternary_rows.wgsl leaves open. @param tokens that a workgroup takes at once */
export function rowsConstants({ rows, groups, matrices }: Projection, shape: RowShape, tokens: number): Constants {
  const { workgroup, lanes, rowsPerTeam, rounds, early } = shape;
  const turns = Math.ceil(groups / lanes);
  return {
    WORKGROUP: workgroup,
    ROWS: rows,
    LANES: lanes,
    TURNS: turns,
    EARLY: Math.min(early, turns),
    SPAN: turns * lanes,
    ROWS_PER_TEAM: rowsPerTeam,
    ROUNDS: rounds,
    TOKENS: tokens,
    OUTPUTS: rowsPerTeam * tokens,
    MATRIX_ROWS: matrices * rowsPerTeam,
    TOTALS: matrices * rowsPerTeam * tokens,
  };
}
