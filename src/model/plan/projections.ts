import { Float } from '../../gpu/kernel';
import { BITLINEAR_EPSILON, type ModelConfig } from '../config';
import { type CodeFormat, codeGroups, vectorsPerGroup } from './code-format';
import { dimensions } from './dimensions';
import type { SHADERS } from './shaders';
import { headLayout, layerLayout, SCALARS } from './weight-layout';

/** A ternary projection as the kernels see it: the row it reads, its matrices, what it does with the sums. */
export interface Projection {
  name: string;
  /** How its input row comes about. */
  row: keyof typeof SHADERS.row;
  finish: keyof typeof SHADERS.finish;
  /** Rows of each of its matrices, and groups of four words of a row's codes. */
  rows: number;
  groups: number;
  /** vec4 of 16 int8 of its input row. */
  words: number;
  /** Gains for which its input row is quantised. */
  inputs: number;
  /** Matrices whose rows are taken together. */
  matrices: number;
  /** Sums of squares that its norms need: of the row, and of the row before the outer norm's gain. */
  sums: number;
  constants: Record<string, number | Float>;
}

export type ProjectionName = 'mix' | 'output' | 'gateUp' | 'down' | 'head';

/** The four projections of a layer and the head, with the constants that their WGSL files leave open. */
export function projections(config: ModelConfig, format: CodeFormat): Record<ProjectionName, Projection> {
  const { hidden, state, intermediate } = dimensions(config);
  const layer = layerLayout(config, format);
  const head = headLayout(config, format);
  const epsilons = { OUTER_EPSILON: new Float(config.rmsNormEpsilon), INNER_EPSILON: new Float(BITLINEAR_EPSILON) };
  const input = ({ length, quads, words }: typeof hidden) => ({
    K: length,
    QUADS: quads,
    ROW_WORDS: words,
    GROUPS: codeGroups(length, format),
    GROUP_WORDS: vectorsPerGroup(format),
  });
  const sizes = ({ length, words }: typeof hidden) => ({ groups: codeGroups(length, format), words });
  const one = { INPUTS: 1, MATRICES: 1, MAGNITUDES: 1 };
  return {
    mix: {
      name: 'mix',
      row: 'block',
      finish: 'recurrence',
      rows: config.stateSize,
      ...sizes(hidden),
      inputs: 3,
      matrices: 3,
      sums: 2,
      constants: {
        ...input(hidden),
        ...epsilons,
        INPUTS: 3,
        MATRICES: 3,
        MAGNITUDES: 3,
        MAGNITUDE: SCALARS.iProj,
        MATRIX_START: layer.matrices.iProj.start,
        OUTER_NORM: 1,
        OUTER_GAIN: layer.gains.attnNorm.start,
        GAINS: layer.gains.iNorm.start,
        LOWER_BOUND: layer.gains.lowerBound.start,
        HIDDEN_STRIDE: state.quads * 4,
        LAYERS: config.layerCount,
      },
    },
    output: {
      name: 'output',
      row: 'gated',
      finish: 'residual',
      rows: config.hiddenSize,
      ...sizes(state),
      inputs: 1,
      matrices: 1,
      sums: 2,
      constants: {
        ...input(state),
        ...epsilons,
        ...one,
        MAGNITUDE: SCALARS.oProj,
        MATRIX_START: layer.matrices.oProj.start,
        OUTER_NORM: 1,
        OUTER_GAIN: layer.gains.outputNorm.start,
        GAINS: layer.gains.oNorm.start,
        X_STRIDE: hidden.quads * 4,
      },
    },
    gateUp: {
      name: 'gateUp',
      row: 'block',
      finish: 'glu',
      rows: config.intermediateSize,
      ...sizes(hidden),
      inputs: 1,
      matrices: 2,
      sums: 2,
      constants: {
        ...input(hidden),
        ...epsilons,
        INPUTS: 1,
        MATRICES: 2,
        MAGNITUDES: 1,
        MAGNITUDE: SCALARS.gateProj,
        MATRIX_START: layer.matrices.gateProj.start,
        OUTER_NORM: 1,
        OUTER_GAIN: layer.gains.mlpNorm.start,
        GAINS: layer.gains.gateNorm.start,
        HIDDEN_STRIDE: intermediate.quads * 4,
      },
    },
    down: {
      name: 'down',
      row: 'plain',
      finish: 'residual',
      rows: config.hiddenSize,
      ...sizes(intermediate),
      inputs: 1,
      matrices: 1,
      sums: 1,
      constants: {
        ...input(intermediate),
        ...epsilons,
        ...one,
        MAGNITUDE: SCALARS.downProj,
        MATRIX_START: layer.matrices.downProj.start,
        OUTER_NORM: 0,
        GAINS: layer.gains.downNorm.start,
        X_STRIDE: hidden.quads * 4,
      },
    },
    head: {
      name: 'head',
      row: 'block',
      finish: 'logits',
      rows: config.vocabSize,
      ...sizes(hidden),
      inputs: 1,
      matrices: 1,
      sums: 2,
      constants: {
        ...input(hidden),
        ...epsilons,
        ...one,
        MAGNITUDE: SCALARS.head,
        MATRIX_START: head.matrices.head.start,
        OUTER_NORM: 1,
        OUTER_GAIN: head.gains.finalNorm.start,
        GAINS: head.gains.headNorm.start,
      },
    },
  };
}
