import type { ModelConfig } from '../../src/model/config';
import { shardName } from '../../src/model/manifest';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import type { ModelWeights } from '../../src/model/oracle/weights';
import { packTensors } from '../../src/model/tensors';
import { writeSafetensors, type RawTensor } from './safetensors';

/** A shard is closed when it has this many bytes; a larger tensor is stored in parts of so many. */
const SHARD_BYTES = 20 * 1024 * 1024;

/** The shards of a pack with these weights, by name, embeddings as F32. */
export function packShards(config: ModelConfig, weights: ModelWeights): Map<string, Uint8Array> {
  const bytesOf = new Map(Array.from(weightsToPackTensors(config, weights), ({ name, bytes }) => [name, bytes]));
  const stored = packTensors(config, 'F32').flatMap(({ name, kind, shape }) => {
    const bytes = bytesOf.get(name) ?? new Uint8Array();
    const dtype = kind === 'ternary' ? 'U8' : 'F32';
    return inParts({ name, dtype, shape: kind === 'ternary' ? [bytes.length] : shape, bytes });
  });
  const shards: RawTensor[][] = [[]];
  let room = SHARD_BYTES;
  for (const tensor of stored) {
    if (tensor.bytes.length > room) {
      shards.push([]);
      room = SHARD_BYTES;
    }
    shards[shards.length - 1].push(tensor);
    room -= tensor.bytes.length;
  }
  return new Map(shards.map((tensors, index) => [shardName(index, shards.length), writeSafetensors(tensors)]));
}

function inParts(tensor: RawTensor): RawTensor[] {
  const { name, dtype, bytes } = tensor;
  if (bytes.length <= SHARD_BYTES) return [tensor];
  const size = dtype === 'U8' ? 1 : 4;
  return Array.from({ length: Math.ceil(bytes.length / SHARD_BYTES) }, (_, index) => {
    const part = bytes.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES);
    return { name: `${name}.part${index}`, dtype, shape: [part.length / size], bytes: part };
  });
}
