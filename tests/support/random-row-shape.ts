import type { RowShape } from '../../src/model/plan/row-shape';
import type { Random } from './random';

/** Some way to cut rows into workgroups; teams are cut down to what the device's subgroups allow. */
export function randomRowShape(random: Random): Partial<RowShape> {
  return {
    workgroup: random.pick([64, 128, 256]),
    lanes: random.pick([1, 2, 4, 16]),
    rowsPerTeam: random.pick([1, 2, 3, 4]),
    rounds: random.pick([1, 2, 5]),
    early: random.pick([1, 2, 4]),
  };
}
