import type { ModelConfig } from '../../src/model/config';

/** Models that the benchmark knows: the published shapes with made-up weights, and the one that comes with Sterna. */
export const SYNTHETIC_NAMES = ['370M', '1.3B', '2.7B', 'tiny'] as const;
export type SyntheticName = (typeof SYNTHETIC_NAMES)[number];
export const MODEL_NAMES = ['370M', '1.3B', '2.7B', 'bundled', 'tiny'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

const SHAPES: Record<
  SyntheticName,
  Pick<ModelConfig, 'hiddenSize' | 'layerCount' | 'intermediateSize' | 'vocabSize'>
> = {
  '370M': { hiddenSize: 1024, layerCount: 24, intermediateSize: 2816, vocabSize: 32000 },
  '1.3B': { hiddenSize: 2048, layerCount: 24, intermediateSize: 5632, vocabSize: 32000 },
  '2.7B': { hiddenSize: 2560, layerCount: 32, intermediateSize: 6912, vocabSize: 32000 },
  tiny: { hiddenSize: 64, layerCount: 2, intermediateSize: 96, vocabSize: 512 },
};

export function syntheticConfig(name: SyntheticName): ModelConfig {
  const shape = SHAPES[name];
  return {
    ...shape,
    headCount: 1,
    stateSize: shape.hiddenSize,
    rmsNormEpsilon: 1e-6,
    useLowerBound: true,
    tieWordEmbeddings: false,
    bosTokenId: 1,
    eosTokenIds: [2],
    maxPositionEmbeddings: 2048,
  };
}

/** Ternary weights of the layers, which every token passes, and of the head, which only a sampled one does. */
export function ternaryWeights({ hiddenSize, stateSize, intermediateSize, layerCount, vocabSize }: ModelConfig) {
  const layer = 4 * hiddenSize * stateSize + 3 * hiddenSize * intermediateSize;
  return { layers: layerCount * layer, head: vocabSize * hiddenSize };
}
