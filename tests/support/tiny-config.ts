import type { ModelConfig } from '../../src/model/config';
import type { Random } from './random';

/** The smallest model there is, but for what a test sets. */
export function tinyConfig(fields: Partial<ModelConfig> = {}): ModelConfig {
  return {
    vocabSize: 1,
    hiddenSize: 1,
    layerCount: 1,
    headCount: 1,
    stateSize: 1,
    intermediateSize: 1,
    rmsNormEpsilon: 1e-6,
    useLowerBound: false,
    tieWordEmbeddings: false,
    bosTokenId: null,
    eosTokenIds: [],
    maxPositionEmbeddings: 2048,
    ...fields,
  };
}

/** A small model of ragged sizes, wide enough that its tokens depend on all that came before them. */
export function livelyConfig(random: Random): ModelConfig {
  const width = random.integer(20, 70);
  return tinyConfig({
    vocabSize: 83,
    hiddenSize: width,
    stateSize: width,
    layerCount: 2,
    intermediateSize: random.integer(20, 70),
    useLowerBound: random.chance(0.5),
  });
}
