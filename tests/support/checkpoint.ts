import type { ModelConfig } from '../../src/model/config';
import { effectiveLowerBounds } from '../../src/model/oracle/lower-bounds';
import type { LayerWeights, ModelWeights, TernaryMatrix } from '../../src/model/oracle/weights';
import { parseSafetensorsHeader } from '../../src/model/safetensors';
import { quantiseTernary, ternaryMagnitude } from '../../src/model/ternary';

/** The tensors of a checkpoint as float32, by name. */
export type CheckpointTensors = ReadonlyMap<string, Float32Array>;

/** All tensors of a `model.safetensors` held in memory; F32, F16 or BF16. */
export function readCheckpoint(bytes: Uint8Array, file = 'model.safetensors'): CheckpointTensors {
  const { dataOffset, tensors } = parseSafetensorsHeader(bytes, file, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, bytes.byteLength - dataOffset);
  return new Map(
    tensors.map(({ name, dtype, begin, end }) => {
      const { size, read } = floatReader(dtype);
      return [name, Float32Array.from({ length: (end - begin) / size }, (_, i) => read(view, begin + i * size))];
    }),
  );
}

/** The model that a checkpoint describes: projections quantised to ternary, lower bounds made effective. */
export function checkpointWeights(config: ModelConfig, tensors: CheckpointTensors): ModelWeights {
  const { vocabSize, hiddenSize, stateSize, intermediateSize, layerCount } = config;
  const floats = (name: string) => {
    const values = tensors.get(name);
    if (values === undefined) throw new Error(`the checkpoint has no tensor ${name}`);
    return values;
  };
  const matrix = (name: string, rows: number, columns: number) => ternaryMatrix(floats(name), rows, columns);
  const lowerBounds = config.useLowerBound
    ? effectiveLowerBounds(floats('model.lower_bounds'), layerCount, stateSize)
    : new Float32Array(layerCount * stateSize);
  const layers = Array.from({ length: layerCount }, (_, index): LayerWeights => {
    const layer = `model.layers.${index}`;
    return {
      attnNorm: floats(`${layer}.attn_norm.weight`),
      iProj: matrix(`${layer}.attn.i_proj.weight`, stateSize, hiddenSize),
      iNorm: floats(`${layer}.attn.i_proj.norm.weight`),
      fProj: matrix(`${layer}.attn.f_proj.weight`, stateSize, hiddenSize),
      fNorm: floats(`${layer}.attn.f_proj.norm.weight`),
      gProj: matrix(`${layer}.attn.g_proj.weight`, stateSize, hiddenSize),
      gNorm: floats(`${layer}.attn.g_proj.norm.weight`),
      outputNorm: floats(`${layer}.attn.g_norm.weight`),
      oProj: matrix(`${layer}.attn.o_proj.weight`, hiddenSize, stateSize),
      oNorm: floats(`${layer}.attn.o_proj.norm.weight`),
      mlpNorm: floats(`${layer}.mlp_norm.weight`),
      gateProj: matrix(`${layer}.mlp.gate_proj.weight`, 2 * intermediateSize, hiddenSize),
      gateNorm: floats(`${layer}.mlp.gate_proj.norm.weight`),
      downProj: matrix(`${layer}.mlp.down_proj.weight`, hiddenSize, intermediateSize),
      downNorm: floats(`${layer}.mlp.down_proj.norm.weight`),
      lowerBound: lowerBounds.subarray(index * stateSize, (index + 1) * stateSize),
    };
  });
  return {
    embeddings: floats('model.embeddings.weight'),
    layers,
    finalNorm: floats('model.norm.weight'),
    head: matrix(config.tieWordEmbeddings ? 'model.embeddings.weight' : 'lm_head.weight', vocabSize, hiddenSize),
    headNorm: floats('lm_head.norm.weight'),
  };
}

/** A latent float matrix `[rows, columns]` as the ternary one that the model computes with. */
export function ternaryMatrix(latent: Float32Array, rows: number, columns: number): TernaryMatrix {
  const magnitude = ternaryMagnitude(
    latent.reduce((sum, value) => sum + Math.abs(value), 0),
    latent.length,
  );
  return { rows, columns, codes: quantiseTernary(latent, magnitude), magnitude };
}

function floatReader(dtype: string): { size: number; read: (view: DataView, offset: number) => number } {
  switch (dtype) {
    case 'F32':
      return { size: 4, read: (view, offset) => view.getFloat32(offset, true) };
    case 'F16':
      return { size: 2, read: (view, offset) => halfToNumber(view.getUint16(offset, true)) };
    case 'BF16':
      return { size: 2, read: (view, offset) => brainFloatToNumber(view.getUint16(offset, true)) };
    default:
      throw new Error(`the checkpoint has a tensor of type ${dtype}`);
  }
}

function halfToNumber(bits: number): number {
  const sign = bits >>> 15 === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  return sign * (exponent === 31 ? (fraction === 0 ? Infinity : NaN) : (1 + fraction) * 2 ** (exponent - 15));
}

/** A BF16 is the upper half of a float32. */
function brainFloatToNumber(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
}
