import { PackError } from '../errors';
import type { ModelConfig } from './config';
import { checkFinite } from './finite';
import { SHARD_HEADER_LIMIT } from './manifest';
import type { PackFile } from './manifest';
import { parseSafetensorsHeader, safetensorsDataOffset, HEADER_LENGTH_BYTES } from './safetensors';
import type { SafetensorsHeader } from './safetensors';
import { TensorLedger } from './tensor-ledger';
import type { ExpectedPart } from './tensor-ledger';
import type { EmbeddingType } from './tensors';

/** Some consecutive bytes of a logical tensor of the pack. */
export interface TensorPortion {
  /** Logical name: without `.part0`. */
  name: string;
  /** Where the bytes belong in the logical tensor; a multiple of 4. */
  byteOffset: number;
  /** A view of the chunk that was pushed. A length that is no multiple of 4 ends its tensor. */
  bytes: Uint8Array;
}

/** The shard that is being read. */
interface OpenShard {
  file: PackFile;
  /** Bytes taken in so far. */
  position: number;
  /** The start of the file, kept only until its header is complete. */
  start: Uint8Array;
  header: SafetensorsHeader | undefined;
  parts: ExpectedPart[];
  /** Index of the first part that is not complete. */
  next: number;
}

/**
 * Turns the chunks of a pack's shards into portions of logical tensors. Feed the shards in order and each shard's chunks
 * in order; it keeps no weights. Checks names, types, shapes and lengths against the config, and floats for NaN and
 * infinity. Source: docs/PACK.md.
 */
export class PackReader {
  readonly #ledger: TensorLedger;
  #shard: OpenShard | undefined;

  constructor(config: ModelConfig, embeddings: EmbeddingType) {
    this.#ledger = new TensorLedger(config, embeddings);
  }

  /** @throws PackError if the shard before it is not complete. */
  beginShard(file: PackFile): void {
    this.#endShard();
    this.#shard = { file, position: 0, start: new Uint8Array(), header: undefined, parts: [], next: 0 };
  }

  /**
   * Takes the next bytes of the shard, a multiple of 4 unless they are its last.
   * @throws CheckpointError for a broken safetensors header, PackError for all else.
   */
  push(chunk: Uint8Array): TensorPortion[] {
    const shard = this.#shard;
    if (shard === undefined) throw new PackError('a chunk came before its shard');
    const path = shard.file.path;
    const begin = shard.position;
    const end = begin + chunk.length;
    if (end > shard.file.bytes) throw new PackError(`has more than its ${shard.file.bytes} bytes`, { file: path });
    if (end !== shard.file.bytes && end % 4 !== 0) {
      throw new PackError(`a chunk ends at byte ${end}, which is no multiple of 4`, { file: path });
    }
    shard.position = end;
    const header = shard.header ?? this.#readHeader(shard, chunk);
    if (header === undefined) return [];
    return this.#portions(shard, header.dataOffset, begin, chunk);
  }

  /** @throws PackError if a shard or a tensor is not complete. */
  finish(): void {
    this.#endShard();
    this.#shard = undefined;
    this.#ledger.checkComplete();
  }

  #endShard(): void {
    const shard = this.#shard;
    if (shard === undefined) return;
    const { file, position, header } = shard;
    if (position !== file.bytes || header === undefined) {
      throw new PackError(`is cut off: ${position} of ${file.bytes} bytes came`, { file: file.path });
    }
  }

  #readHeader(shard: OpenShard, chunk: Uint8Array): SafetensorsHeader | undefined {
    const { path, bytes } = shard.file;
    const start = joined(shard.start, chunk.subarray(0, SHARD_HEADER_LIMIT - shard.start.length));
    shard.start = start;
    if (start.length < Math.min(HEADER_LENGTH_BYTES, bytes)) return undefined;
    const dataOffset = safetensorsDataOffset(start, path, bytes);
    if (dataOffset > SHARD_HEADER_LIMIT) throw new PackError(`its header takes ${dataOffset} bytes`, { file: path });
    if (dataOffset % 4 !== 0) throw new PackError(`its data starts at byte ${dataOffset}`, { file: path });
    if (start.length < dataOffset) return undefined;
    const header = parseSafetensorsHeader(start, path, bytes);
    shard.header = header;
    shard.start = new Uint8Array();
    shard.parts = header.tensors.map((entry) => this.#ledger.expect(entry, path));
    return header;
  }

  #portions(shard: OpenShard, dataOffset: number, begin: number, chunk: Uint8Array): TensorPortion[] {
    const portions: TensorPortion[] = [];
    for (const part of shard.parts.slice(shard.next)) {
      const from = Math.max(dataOffset + part.begin, begin);
      const to = Math.min(dataOffset + part.end, begin + chunk.length);
      if (to > from) {
        const bytes = chunk.subarray(from - begin, to - begin);
        const byteOffset = part.byteOffset + from - dataOffset - part.begin;
        checkFinite(bytes, part.dtype, shard.file.path, part.name);
        portions.push({ name: part.name, byteOffset, bytes });
      }
      if (dataOffset + part.end > begin + chunk.length) break;
      shard.next++;
    }
    return portions;
  }
}

/** A copy of both: a chunk is its owner's, who may free its memory while the header is not complete yet. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
