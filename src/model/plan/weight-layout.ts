import type { ModelConfig } from '../config';
import { type CodeFormat, codeWords } from './code-format';
import { dimensions, type VectorLayout } from './dimensions';

/** Scalars with which a weight buffer begins, counted in floats. */
export const SCALARS = { layer: 0, iProj: 1, fProj: 2, gProj: 3, oProj: 4, gateProj: 5, downProj: 6, head: 1 } as const;
const SCALAR_QUADS = 2;

/** Where a ternary matrix lies in a weight buffer. */
export interface MatrixPlace {
  rows: number;
  columns: VectorLayout;
  /** Words that a row takes. */
  rowWords: number;
  /** Word where it starts. */
  start: number;
}

/** Where a vector lies in a weight buffer. */
export interface GainPlace {
  vector: VectorLayout;
  /** vec4 where it starts. */
  start: number;
}

/** Places of everything in one weight buffer: scalars, gains, matrices. */
export interface WeightLayout<Matrix extends string, Gain extends string> {
  matrices: Record<Matrix, MatrixPlace>;
  gains: Record<Gain, GainPlace>;
  weightBytes: number;
  parameterBytes: number;
}

export type LayerMatrix = 'iProj' | 'fProj' | 'gProj' | 'oProj' | 'gateProj' | 'downProj';
export type LayerGain =
  | 'attnNorm'
  | 'iNorm'
  | 'fNorm'
  | 'gNorm'
  | 'outputNorm'
  | 'oNorm'
  | 'mlpNorm'
  | 'gateNorm'
  | 'downNorm'
  | 'lowerBound';

function place<Matrix extends string, Gain extends string>(
  format: CodeFormat,
  matrices: Record<Matrix, { rows: number; columns: VectorLayout }>,
  gains: Record<Gain, VectorLayout>,
): WeightLayout<Matrix, Gain> {
  let quad = SCALAR_QUADS;
  const placedGains = {} as Record<Gain, GainPlace>;
  for (const [name, vector] of Object.entries(gains) as [Gain, VectorLayout][]) {
    placedGains[name] = { vector, start: quad };
    quad += vector.quads;
  }
  let word = quad * 4;
  const placedMatrices = {} as Record<Matrix, MatrixPlace>;
  for (const [name, { rows, columns }] of Object.entries(matrices) as [Matrix, MatrixPlace][]) {
    const rowWords = codeWords(columns.length, format);
    placedMatrices[name] = { rows, columns, rowWords, start: word };
    word += rows * rowWords;
  }
  const parameterBytes = quad * 16;
  return { matrices: placedMatrices, gains: placedGains, weightBytes: word * 4 - parameterBytes, parameterBytes };
}

/** The i, f and g matrices and gains are neighbours, because one kernel reads them together. */
export function layerLayout(config: ModelConfig, format: CodeFormat): WeightLayout<LayerMatrix, LayerGain> {
  const { hidden, state, intermediate } = dimensions(config);
  return place<LayerMatrix, LayerGain>(
    format,
    {
      iProj: { rows: state.length, columns: hidden },
      fProj: { rows: state.length, columns: hidden },
      gProj: { rows: state.length, columns: hidden },
      oProj: { rows: hidden.length, columns: state },
      gateProj: { rows: 2 * intermediate.length, columns: hidden },
      downProj: { rows: hidden.length, columns: intermediate },
    },
    {
      attnNorm: hidden,
      iNorm: hidden,
      fNorm: hidden,
      gNorm: hidden,
      outputNorm: state,
      oNorm: state,
      mlpNorm: hidden,
      gateNorm: hidden,
      downNorm: intermediate,
      lowerBound: state,
    },
  );
}

export function headLayout(config: ModelConfig, format: CodeFormat): WeightLayout<'head', 'finalNorm' | 'headNorm'> {
  const { hidden } = dimensions(config);
  return place(format, { head: { rows: config.vocabSize, columns: hidden } }, { finalNorm: hidden, headNorm: hidden });
}
