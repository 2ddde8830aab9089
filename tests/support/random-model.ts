import type { ModelConfig } from '../../src/model/config';
import type { LayerWeights, ModelWeights, TernaryMatrix } from '../../src/model/oracle/weights';
import type { Random } from './random';

/** A tiny config anywhere in what docs/MODEL.md section 6 allows: ragged and odd sizes, several heads, any expansion. */
export function randomConfig(random: Random): ModelConfig {
  const headCount = random.pick([1, 1, 2, 3, 4]);
  const hiddenSize = headCount * random.integer(1, Math.floor(72 / headCount));
  // The lower bounds have one channel per hidden unit, so they go only with an expansion of 1.
  const useLowerBound = random.chance(0.5);
  const expandRatio = useLowerBound ? 1 : random.pick([1, 2, 3]);
  const vocabSize = random.integer(4, 90);
  return {
    vocabSize,
    hiddenSize,
    layerCount: random.integer(1, 3),
    headCount,
    stateSize: hiddenSize * expandRatio,
    intermediateSize: random.integer(1, 70),
    rmsNormEpsilon: random.pick([1e-6, 1e-5, 1e-8, 1e-3]),
    useLowerBound,
    tieWordEmbeddings: random.chance(0.5),
    bosTokenId: random.pick([null, 1]),
    eosTokenIds: [2],
    maxPositionEmbeddings: 2048,
  };
}

/** Weights for `config` under which activations stay lively: no channel dies out, none explodes. */
export function randomWeights(config: ModelConfig, random: Random): ModelWeights {
  const { vocabSize, hiddenSize, stateSize, intermediateSize } = config;
  const lowerBounds = randomLowerBounds(config, random);
  const layers = lowerBounds.map((lowerBound): LayerWeights => ({
    attnNorm: randomGain(hiddenSize, random),
    iProj: randomTernaryMatrix(stateSize, hiddenSize, random),
    iNorm: randomGain(hiddenSize, random),
    fProj: randomTernaryMatrix(stateSize, hiddenSize, random),
    fNorm: randomGain(hiddenSize, random),
    gProj: randomTernaryMatrix(stateSize, hiddenSize, random),
    gNorm: randomGain(hiddenSize, random),
    outputNorm: randomGain(stateSize, random),
    oProj: randomTernaryMatrix(hiddenSize, stateSize, random),
    oNorm: randomGain(stateSize, random),
    mlpNorm: randomGain(hiddenSize, random),
    gateProj: randomTernaryMatrix(2 * intermediateSize, hiddenSize, random),
    gateNorm: randomGain(hiddenSize, random),
    downProj: randomTernaryMatrix(hiddenSize, intermediateSize, random),
    downNorm: randomGain(intermediateSize, random),
    lowerBound,
  }));
  return {
    embeddings: random.floats(vocabSize * hiddenSize, () => random.normal()),
    layers,
    finalNorm: randomGain(hiddenSize, random),
    head: randomTernaryMatrix(vocabSize, hiddenSize, random),
    headNorm: randomGain(hiddenSize, random),
  };
}

/** Codes with about 31% zeros (the share that Gaussian weights give) and a magnitude that keeps outputs near 1. */
export function randomTernaryMatrix(rows: number, columns: number, random: Random): TernaryMatrix {
  const codes = Int8Array.from({ length: rows * columns }, () =>
    random.chance(0.31) ? 0 : random.chance(0.5) ? 1 : -1,
  );
  return { rows, columns, codes, magnitude: Math.fround(random.uniform(0.5, 2) / Math.sqrt(0.69 * columns)) };
}

/** A norm's gain, U(0.5, 1.5). */
export function randomGain(length: number, random: Random): Float32Array {
  return random.floats(length, () => random.uniform(0.5, 1.5));
}

/** One effective lower bound per layer: a running sum of a softmax over the layers, less its first row (docs/MODEL.md section 5). */
function randomLowerBounds(config: ModelConfig, random: Random): Float32Array[] {
  const rows = Array.from({ length: config.layerCount }, () => new Float32Array(config.stateSize));
  if (!config.useLowerBound) return rows;
  for (let channel = 0; channel < config.stateSize; channel++) {
    const shares = rows.map(() => Math.exp(random.normal()));
    const total = shares.reduce((sum, share) => sum + share, 0);
    let running = 0;
    for (const [layer, row] of rows.entries()) {
      if (layer > 0) running += shares[layer] / total;
      row[channel] = running;
    }
  }
  return rows;
}
