import { silu } from './activations';
import type { Row, RowInput } from './row';

/**
 * `silu(gate) · up`. Source: docs/MODEL.md section 4.
 *
 * @param projected the output of gate_proj [2I]: the gate rows, then the up rows
 * @returns [I]
 */
export function gatedLinearUnit(projected: RowInput): Row {
  const size = projected.length / 2;
  return Float64Array.from(projected.subarray(0, size), (gate, index) => silu(gate) * projected[size + index]);
}
