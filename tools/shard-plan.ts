import type { ModelConfig } from '../src/model/config';
import { FILE_BYTES_LIMIT, SHARD_HEADER_LIMIT } from '../src/model/manifest';
import { HEADER_LENGTH_BYTES } from '../src/model/safetensors';
import { EMBEDDING_BYTES, packTensors } from '../src/model/tensors';
import type { EmbeddingType, PackTensor } from '../src/model/tensors';

/** One tensor as a shard lists it: a logical tensor or a part of one. */
export interface StoredTensor {
  name: string;
  dtype: string;
  shape: number[];
  byteLength: number;
}

/** Room that a header leaves for each entry's two offsets, which have at most 8 digits each. */
const OFFSET_DIGITS = 16;
/** Data and header of a shard that holds one part alone must fit: more than any one entry takes. */
const PART_HEADER_ROOM = 4096;

/**
 * Spreads the logical tensors, in their order, over shards of at most 24 MiB. A tensor goes into a shard whole where one
 * holds it, else into parts, each but the last of them a shard of its own. Source: docs/PACK.md.
 */
export function planShards(config: ModelConfig, embeddings: EmbeddingType): StoredTensor[][] {
  const shards: StoredTensor[][] = [];
  let shard: StoredTensor[] = [];
  let headerBytes = 0;
  let dataBytes = 0;
  for (const stored of packTensors(config, embeddings).flatMap((tensor) => storedTensors(tensor, embeddings))) {
    const entryBytes = JSON.stringify(headerEntry(stored, 0)).length + OFFSET_DIGITS;
    const header = headerBytes + entryBytes;
    const file = HEADER_LENGTH_BYTES + header + 8 + dataBytes + stored.byteLength;
    if (shard.length > 0 && (header > SHARD_HEADER_LIMIT / 2 || file > FILE_BYTES_LIMIT)) {
      shards.push(shard);
      [shard, headerBytes, dataBytes] = [[], 0, 0];
    }
    shard.push(stored);
    headerBytes += entryBytes;
    dataBytes += stored.byteLength;
  }
  return [...shards, shard];
}

/** The header of a shard with the length in front, padded with spaces so that the data starts at a multiple of 8. */
export function shardHeader(shard: readonly StoredTensor[]): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: { format: 'sterna-pack' } };
  let begin = 0;
  for (const stored of shard) {
    Object.assign(entries, headerEntry(stored, begin));
    begin += stored.byteLength;
  }
  const json = JSON.stringify(entries);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(HEADER_LENGTH_BYTES + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(new TextEncoder().encode(json.padEnd(length)), HEADER_LENGTH_BYTES);
  return bytes;
}

function headerEntry({ name, dtype, shape, byteLength }: StoredTensor, begin: number): Record<string, unknown> {
  return { [name]: { dtype, shape, data_offsets: [begin, begin + byteLength] } };
}

function storedTensors(tensor: PackTensor, embeddings: EmbeddingType): StoredTensor[] {
  const { name, kind, shape, byteLength } = tensor;
  const dtype = kind === 'ternary' ? 'U8' : kind === 'float' ? 'F32' : embeddings;
  const valueBytes = kind === 'ternary' ? 1 : kind === 'float' ? 4 : EMBEDDING_BYTES[embeddings];
  const room = FILE_BYTES_LIMIT - PART_HEADER_ROOM;
  if (byteLength <= room) {
    return [{ name, dtype, shape: kind === 'ternary' ? [byteLength] : shape, byteLength }];
  }
  // Parts of an embedding hold whole rows, four at a time, so that every part's length is a multiple of 4 bytes.
  const columns = kind === 'embedding' ? shape[1] : 1;
  const unit = kind === 'embedding' ? 4 * columns * valueBytes : 4;
  const partBytes = Math.floor(room / unit) * unit;
  return Array.from({ length: Math.ceil(byteLength / partBytes) }, (_, part) => {
    const bytes = Math.min(partBytes, byteLength - part * partBytes);
    const rows = bytes / valueBytes / columns;
    return {
      name: `${name}.part${part}`,
      dtype,
      shape: kind === 'embedding' ? [rows, columns] : [rows],
      byteLength: bytes,
    };
  });
}
