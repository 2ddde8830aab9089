import { sigmoid, silu } from './activations';
import type { Row, RowInput } from './row';

/** `f = lb + (1 - lb) · σ(f_proj)` [D]. A lower bound of zero leaves the sigmoid as it is. Source: docs/MODEL.md section 4. */
export function forgetGate(projected: RowInput, lowerBound: Float32Array): Row {
  return Float64Array.from(projected, (value, channel) => {
    return lowerBound[channel] + (1 - lowerBound[channel]) * sigmoid(value);
  });
}

/** `c = silu(i_proj) · (1 - f)` [D], with the forget gate after its lower bound. Source: docs/MODEL.md section 4. */
export function candidate(projected: RowInput, forget: RowInput): Row {
  return Float64Array.from(projected, (value, channel) => silu(value) * (1 - forget[channel]));
}

/** One step of the recurrence: `h = f · h_before + c` [D], rounded to float32 as the state is. Source: docs/MODEL.md section 4. */
export function recurrenceStep(before: Float32Array, forget: RowInput, input: RowInput): Float32Array {
  return before.map((value, channel) => forget[channel] * value + input[channel]);
}

/** `o = gate · silu(h)` [D]: the gate is the normed one, the state goes through silu. Source: docs/MODEL.md section 4. */
export function gatedOutput(normedGate: RowInput, state: Float32Array): Row {
  return Float64Array.from(normedGate, (value, channel) => value * silu(state[channel]));
}
