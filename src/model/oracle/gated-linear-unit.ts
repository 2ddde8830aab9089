import { silu } from './activations';

/**
 * `silu(gate) · up`, float32. Source: docs/MODEL.md section 4.
 *
 * @param projected the output of gate_proj [2I]: the gate rows, then the up rows
 * @returns [I]
 */
export function gatedLinearUnit(projected: Float32Array): Float32Array {
  const size = projected.length / 2;
  return projected.subarray(0, size).map((gate, index) => silu(gate) * projected[size + index]);
}
