import type { ModelConfig } from '../../src/model/config';
import { weightsToPackTensors } from '../../src/model/oracle/tensors';
import type { ModelWeights } from '../../src/model/oracle/weights';
import { PackReader } from '../../src/model/shard-reader';
import type { TensorPortion } from '../../src/model/shard-reader';
import { packTensors } from '../../src/model/tensors';
import { writeSafetensors } from './safetensors';

/** The weights as one shard of a pack, embeddings as F32, read back in chunks: what a loader hands to the GPU. */
export function* packPortions(
  config: ModelConfig,
  weights: ModelWeights,
  chunkBytes: number,
): Generator<TensorPortion> {
  const bytesOf = new Map(Array.from(weightsToPackTensors(config, weights), ({ name, bytes }) => [name, bytes]));
  const shard = writeSafetensors(
    packTensors(config, 'F32').map(({ name, kind, shape, byteLength }) => {
      const stored = kind === 'ternary' ? { dtype: 'U8', shape: [byteLength] } : { dtype: 'F32', shape };
      return { name, ...stored, bytes: bytesOf.get(name) ?? new Uint8Array() };
    }),
  );
  const reader = new PackReader(config, 'F32');
  reader.beginShard({ path: 'model-00001-of-00001.safetensors', bytes: shard.length, chunks: [] });
  for (let begin = 0; begin < shard.length; begin += chunkBytes) {
    yield* reader.push(shard.subarray(begin, begin + chunkBytes));
  }
  reader.finish();
}
