import type { ModelConfig } from '../config';
import type { CodeFormat } from './code-format';
import { layerLayout } from './weight-layout';
import type { ProjectionName } from './projections';

/** What src/shaders/ahead.wgsl leaves open. */
type AheadConstants = Record<
  'AHEAD_FOLLOWING' | 'AHEAD_GAINS' | 'AHEAD_GAIN_SECTORS' | 'AHEAD_CODES' | 'AHEAD_LOADS' | 'AHEAD_THREADS',
  number
>;

/** For kernels that ask for nothing ahead. */
export const NOTHING_AHEAD: AheadConstants = {
  AHEAD_FOLLOWING: 0,
  AHEAD_GAINS: 0,
  AHEAD_GAIN_SECTORS: 0,
  AHEAD_CODES: 0,
  AHEAD_LOADS: 0,
  AHEAD_THREADS: 1,
};

const QUADS_PER_SECTOR = 2;
/** Loads of one invocation at most: many of them delay the kernel's own (docs/PERFORMANCE.md). */
const MOST_LOADS = 4;

/** What of the next kernel's weights one with so many invocations asks for. */
export function aheadConstants(
  config: ModelConfig,
  format: CodeFormat,
  name: ProjectionName,
  invocations: number,
): AheadConstants {
  const { gains, matrices, weightBytes, parameterBytes } = layerLayout(config, format);
  // The gains of a projection are neighbours, and so are its matrices.
  const next = {
    mix: { gain: gains.outputNorm, gainEnd: gains.mlpNorm, matrix: matrices.oProj, matrixEnd: matrices.gateProj },
    output: { gain: gains.mlpNorm, gainEnd: gains.downNorm, matrix: matrices.gateProj, matrixEnd: matrices.downProj },
    gateUp: { gain: gains.downNorm, gainEnd: gains.lowerBound, matrix: matrices.downProj, matrixEnd: undefined },
    // Behind the last layer comes the head, whose buffer begins much alike; behind the head the first layer.
    down: { gain: gains.attnNorm, gainEnd: gains.outputNorm, matrix: matrices.iProj, matrixEnd: matrices.oProj },
    head: { gain: gains.attnNorm, gainEnd: gains.outputNorm, matrix: matrices.iProj, matrixEnd: matrices.oProj },
  }[name];
  const codesEnd = next.matrixEnd?.start ?? (weightBytes + parameterBytes) / 4;
  const gainSectors = Math.ceil((next.gainEnd.start - next.gain.start) / QUADS_PER_SECTOR);
  const codeSectors = Math.ceil((codesEnd - next.matrix.start) / 4 / QUADS_PER_SECTOR);
  return {
    AHEAD_FOLLOWING: name === 'down' || name === 'head' ? 1 : 0,
    AHEAD_GAINS: next.gain.start,
    AHEAD_GAIN_SECTORS: gainSectors,
    AHEAD_CODES: next.matrix.start / 4,
    AHEAD_LOADS: Math.min(MOST_LOADS, Math.ceil((gainSectors + codeSectors) / invocations)),
    AHEAD_THREADS: invocations,
  };
}
