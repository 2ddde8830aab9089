import { sigmoid, silu } from './activations';

/** `f = lb + (1 - lb) · σ(f_proj)`, float32 [D]. A lower bound of zero leaves the sigmoid as it is. Source: docs/MODEL.md section 4. */
export function forgetGate(projected: Float32Array, lowerBound: Float32Array): Float32Array {
  return projected.map((value, channel) => {
    const bound = lowerBound[channel];
    return bound + Math.fround(Math.fround(1 - bound) * sigmoid(value));
  });
}

/** `c = silu(i_proj) · (1 - f)`, float32 [D], with the forget gate after its lower bound. Source: docs/MODEL.md section 4. */
export function candidate(projected: Float32Array, forget: Float32Array): Float32Array {
  return projected.map((value, channel) => silu(value) * Math.fround(1 - forget[channel]));
}

/** One step of the recurrence: `h = f · h_before + c`, float32 [D]. Source: docs/MODEL.md section 4. */
export function recurrenceStep(before: Float32Array, forget: Float32Array, input: Float32Array): Float32Array {
  return before.map((value, channel) => Math.fround(forget[channel] * value) + input[channel]);
}

/** `o = gate · silu(h)`, float32 [D]: the gate is the normed one, the state goes through silu. Source: docs/MODEL.md section 4. */
export function gatedOutput(normedGate: Float32Array, state: Float32Array): Float32Array {
  return normedGate.map((value, channel) => value * silu(state[channel]));
}
