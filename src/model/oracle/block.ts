import type { ModelConfig } from '../config';
import { bitLinear } from './bit-linear';
import type { BitLinearRow } from './bit-linear';
import { gatedLinearUnit } from './gated-linear-unit';
import { candidate, forgetGate, gatedOutput, recurrenceStep } from './recurrence';
import { rmsNorm } from './rms-norm';
import { addRows } from './row';
import type { Row, RowInput } from './row';
import type { LayerWeights } from './weights';

/** One block on one token, with every step on the way, in the order of docs/MODEL.md section 4. */
export interface BlockRow {
  /** The input after `attn_norm` [H]. */
  attnNorm: Row;
  iProj: BitLinearRow;
  fProj: BitLinearRow;
  gProj: BitLinearRow;
  /** The forget gate after its lower bound [D]. */
  forget: Row;
  /** What enters the recurrence [D]. */
  candidate: Row;
  /** The state after this token [D]. */
  state: Float32Array;
  /** `RMSNorm(g) · silu(state)` [D]. */
  gated: Row;
  oProj: BitLinearRow;
  /** The input plus the output of o_proj [H]. */
  residual: Row;
  /** The residual after `mlp_norm` [H]. */
  mlpNorm: Row;
  gateProj: BitLinearRow;
  downProj: BitLinearRow;
  /** The block's output [H]. */
  output: Row;
}

/**
 * One block on one token.
 *
 * @param x the block's input [H]
 * @param before the layer's state before this token [D]; it is not changed
 */
export function block(config: ModelConfig, layer: LayerWeights, x: RowInput, before: Float32Array): BlockRow {
  const attnNorm = rmsNorm(x, layer.attnNorm, config.rmsNormEpsilon);
  const iProj = bitLinear(attnNorm, layer.iNorm, layer.iProj);
  const fProj = bitLinear(attnNorm, layer.fNorm, layer.fProj);
  const gProj = bitLinear(attnNorm, layer.gNorm, layer.gProj);
  const forget = forgetGate(fProj.output, layer.lowerBound);
  const input = candidate(iProj.output, forget);
  const state = recurrenceStep(before, forget, input);
  const gated = gatedOutput(rmsNorm(gProj.output, layer.outputNorm, config.rmsNormEpsilon), state);
  const oProj = bitLinear(gated, layer.oNorm, layer.oProj);
  const residual = addRows(x, oProj.output);
  const mlpNorm = rmsNorm(residual, layer.mlpNorm, config.rmsNormEpsilon);
  const gateProj = bitLinear(mlpNorm, layer.gateNorm, layer.gateProj);
  const downProj = bitLinear(gatedLinearUnit(gateProj.output), layer.downNorm, layer.downProj);
  const output = addRows(residual, downProj.output);
  return {
    attnNorm,
    iProj,
    fProj,
    gProj,
    forget,
    candidate: input,
    state,
    gated,
    oProj,
    residual,
    mlpNorm,
    gateProj,
    downProj,
    output,
  };
}
