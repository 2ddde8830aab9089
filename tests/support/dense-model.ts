import type { ModelConfig } from '../../src/model/config';
import type { ModelWeights, TernaryMatrix } from '../../src/model/oracle/weights';

/**
 * The model once more, the way it is trained and with nothing in common with the oracle: layer by layer over all tokens,
 * with float matrices and fake-quantised activations (docs/MODEL.md sections 1 to 4). Gives logits, one row a token.
 */
export function denseLogits(config: ModelConfig, weights: ModelWeights, ids: readonly number[]): number[][] {
  const { hiddenSize, rmsNormEpsilon, intermediateSize } = config;
  let stream = ids.map((id) => [...weights.embeddings.subarray(id * hiddenSize, (id + 1) * hiddenSize)]);
  for (const layer of weights.layers) {
    const inputs = stream.map((row) => normalise(row, layer.attnNorm, rmsNormEpsilon));
    const candidates = linear(inputs, layer.iNorm, layer.iProj);
    const forgets = linear(inputs, layer.fNorm, layer.fProj);
    const gates = linear(inputs, layer.gNorm, layer.gProj).map((row) =>
      normalise(row, layer.outputNorm, rmsNormEpsilon),
    );
    const hidden: number[][] = [];
    for (const [token, row] of forgets.entries()) {
      hidden.push(
        row.map((projected, channel) => {
          const bound = layer.lowerBound[channel];
          const keep = bound + (1 - bound) * logistic(projected);
          const before = token === 0 ? 0 : hidden[token - 1][channel];
          return keep * before + (1 - keep) * candidates[token][channel] * logistic(candidates[token][channel]);
        }),
      );
    }
    const outputs = gates.map((row, token) => {
      return row.map((gate, channel) => gate * hidden[token][channel] * logistic(hidden[token][channel]));
    });
    stream = add(stream, linear(outputs, layer.oNorm, layer.oProj));
    const mixed = linear(
      stream.map((row) => normalise(row, layer.mlpNorm, rmsNormEpsilon)),
      layer.gateNorm,
      layer.gateProj,
    );
    const products = mixed.map((row) => {
      const up = row.slice(intermediateSize);
      return row.slice(0, intermediateSize).map((gate, index) => gate * logistic(gate) * up[index]);
    });
    stream = add(stream, linear(products, layer.downNorm, layer.downProj));
  }
  const last = stream.map((row) => normalise(row, weights.finalNorm, rmsNormEpsilon));
  return linear(last, weights.headNorm, weights.head);
}

function logistic(x: number): number {
  return 0.5 * (1 + Math.tanh(x / 2));
}

function add(left: number[][], right: number[][]): number[][] {
  return left.map((row, token) => row.map((value, index) => value + right[token][index]));
}

function normalise(row: number[], gain: Float32Array, epsilon: number): number[] {
  const meanSquare = row.reduce((sum, value) => sum + value ** 2, 0) / row.length;
  return row.map((value, index) => (value / Math.sqrt(meanSquare + epsilon)) * gain[index]);
}

/** Norm, activations rounded to 255 levels but kept as floats, and a dense float matrix. */
function linear(rows: number[][], gain: Float32Array, matrix: TernaryMatrix): number[][] {
  const dense = Array.from(matrix.codes, (code) => code * matrix.magnitude);
  return rows.map((row) => {
    const normed = normalise(row, gain, 1e-6);
    const step = Math.max(1e-5, ...normed.map(Math.abs)) / 127;
    const levels = normed.map((value) => step * Math.sign(value) * Math.round(Math.abs(value) / step));
    return Array.from({ length: matrix.rows }, (_, output) => {
      return levels.reduce((sum, level, input) => sum + level * dense[output * matrix.columns + input], 0);
    });
  });
}
