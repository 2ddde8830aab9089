import type { ModelConfig } from '../../src/model/config';

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
