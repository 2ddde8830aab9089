import { PackError } from '../src/errors';
import { shardName } from '../src/model/manifest';
import type { PackFile } from '../src/model/manifest';
import { PackFileWriter } from './pack-file-writer';
import { shardHeader } from './shard-plan';
import type { StoredTensor } from './shard-plan';

/**
 * Writes the shards of a pack.
 * @param stream the bytes of all tensors of the plan, one after another, in slices cut anywhere.
 * @throws PackError if the stream is not as long as the plan.
 */
export async function writeShards(
  folder: string,
  plan: readonly StoredTensor[][],
  stream: AsyncIterable<Uint8Array>,
): Promise<PackFile[]> {
  const source = new ByteSource(stream);
  const files: PackFile[] = [];
  for (const [index, shard] of plan.entries()) {
    const writer = await PackFileWriter.create(folder, shardName(index, plan.length));
    try {
      await writer.write(shardHeader(shard));
      let remaining = shard.reduce((sum, { byteLength }) => sum + byteLength, 0);
      while (remaining > 0) {
        const bytes = await source.next(remaining);
        await writer.write(bytes);
        remaining -= bytes.length;
      }
      files.push(await writer.finish());
    } finally {
      await writer.close();
    }
  }
  await source.end();
  return files;
}

/** Hands out a stream's bytes in pieces no larger than asked for. */
class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  async next(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const result = await this.#iterator.next();
      if (result.done === true) throw new PackError('the tensors ended before the shards were full');
      this.#rest = result.value;
    }
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  async end(): Promise<void> {
    const result = await this.#iterator.next();
    if (this.#rest.length > 0 || result.done !== true) throw new PackError('the tensors are longer than the shards');
  }
}
