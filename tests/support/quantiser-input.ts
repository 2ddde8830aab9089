import { BITLINEAR_EPSILON } from '../../src/model/config';
import type { ModelConfig } from '../../src/model/config';
import { quantiseRow } from '../../src/model/oracle/quantise-row';
import type { QuantisedRow } from '../../src/model/oracle/quantise-row';
import { gatedOutput } from '../../src/model/oracle/recurrence';
import { rmsNorm } from '../../src/model/oracle/rms-norm';
import type { RowInput } from '../../src/model/oracle/row';
import type { ModelWeights } from '../../src/model/oracle/weights';
import type { ProjectionName } from '../../src/model/plan/projections';
import type { KernelHarness } from './kernel-harness';

/** What the head of a projection reads for one token: a row, and for the gated one the state beside it. */
export interface QuantiserInput {
  row: Float32Array;
  state?: Float32Array;
}

/** Width of the row that a projection quantises. */
export function quantisedColumns(config: ModelConfig, name: ProjectionName): number {
  if (name === 'output') return config.stateSize;
  return name === 'down' ? config.intermediateSize : config.hiddenSize;
}

/** The weights that a projection of layer 0, or the head, reads. */
export function projectionWeights(harness: KernelHarness, name: ProjectionName): GPUBuffer {
  return name === 'head' ? harness.weights.head : harness.weights.layers[0];
}

/** Puts the inputs of consecutive tokens where the projection's head looks for them. */
export function writeQuantiserInputs(
  harness: KernelHarness,
  name: ProjectionName,
  inputs: readonly QuantiserInput[],
): void {
  const { x, mix, glu } = harness.strides;
  for (const [token, { row, state }] of inputs.entries()) {
    if (name === 'output') {
      if (state) harness.write('hidden', state, token * 3 * mix * 4);
      harness.write('hidden', row, (token * 3 + 2) * mix * 4);
    } else if (name === 'down') harness.write('hidden', row, harness.gluOffset + token * glu * 4);
    else harness.write('x', row, token * x * 4);
  }
}

/** The oracle's quantised rows of one token, one for each gain of the projection. */
export function oracleQuantised(
  config: ModelConfig,
  weights: ModelWeights,
  name: ProjectionName,
  { row, state = new Float32Array() }: QuantiserInput,
): QuantisedRow[] {
  const [layer] = weights.layers;
  const outer = (gain: Float32Array) => rmsNorm(row, gain, config.rmsNormEpsilon);
  const inner = (input: RowInput, ...gains: Float32Array[]) =>
    gains.map((gain) => quantiseRow(rmsNorm(input, gain, BITLINEAR_EPSILON)));
  switch (name) {
    case 'mix':
      return inner(outer(layer.attnNorm), layer.iNorm, layer.fNorm, layer.gNorm);
    case 'output':
      return inner(gatedOutput(outer(layer.outputNorm), state), layer.oNorm);
    case 'gateUp':
      return inner(outer(layer.mlpNorm), layer.gateNorm);
    case 'down':
      return inner(row, layer.downNorm);
    case 'head':
      return inner(outer(weights.finalNorm), weights.headNorm);
  }
}
