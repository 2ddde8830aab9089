import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '../../src/model/config';
import { checkpointShapes } from '../../tools/checkpoint-shapes';
import type { FloatType } from '../../tools/float-values';
import type { Random } from './random';
import { writeSafetensors } from './safetensors';
import type { RawTensor } from './safetensors';

/** A tensor of a random checkpoint: as it is stored, and what its values are. */
export interface LatentTensor extends RawTensor {
  values: Float32Array;
}

/** Random weights for every tensor of a checkpoint, each tensor of a type that `pickType` chooses. */
export function latentTensors(config: ModelConfig, random: Random, pickType: () => FloatType): LatentTensor[] {
  return Array.from(checkpointShapes(config), ([name, shape]) => {
    const dtype = pickType();
    const count = shape.reduce((product, length) => product * length, 1);
    return { name, dtype, shape, ...randomFloats(count, dtype, random) };
  });
}

/** Writes an HF folder: one file, or `shards` of them with an index. */
export async function writeCheckpointFolder(
  folder: string,
  config: Record<string, unknown>,
  tensors: readonly RawTensor[],
  shards = 1,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  if (shards === 1) {
    await writeFile(join(folder, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
    return;
  }
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const part = tensors.filter((_, index) => index % shards === shard);
    for (const { name } of part) weightMap[name] = file;
    await writeFile(join(folder, file), writeSafetensors(part, { format: 'pt' }));
  }
  const index = { metadata: { total_size: 0 }, weight_map: weightMap };
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
}

/** Finite values with sign, exponent and fraction at random, spelled in the bits of their type. */
function randomFloats(count: number, dtype: FloatType, random: Random): { bytes: Uint8Array; values: Float32Array } {
  const values = new Float32Array(count);
  const bytes = new Uint8Array(count * (dtype === 'F32' ? 4 : 2));
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) {
    const negative = random.integer(0, 1);
    const exponent = random.integer(-6, 0);
    if (dtype === 'F16') {
      const fraction = random.integer(0, 1023);
      values[index] = (negative === 1 ? -1 : 1) * (1 + fraction / 1024) * 2 ** exponent;
      view.setUint16(2 * index, (negative << 15) | ((exponent + 15) << 10) | fraction, true);
    } else if (dtype === 'BF16') {
      const fraction = random.integer(0, 127);
      values[index] = (negative === 1 ? -1 : 1) * (1 + fraction / 128) * 2 ** exponent;
      view.setUint16(2 * index, (negative << 15) | ((exponent + 127) << 7) | fraction, true);
    } else {
      values[index] = random.normal() * 2 ** exponent;
      view.setFloat32(4 * index, values[index], true);
    }
  }
  return { bytes, values };
}
