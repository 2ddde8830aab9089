import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CHUNK_BYTES } from '../src/model/manifest';
import type { PackFile } from '../src/model/manifest';

/** Writes one file of a pack and hashes its chunks on the way. */
export class PackFileWriter {
  readonly #chunks: string[] = [];
  #hash: Hash = createHash('sha256');
  #bytes = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** Creates the file; it must not exist. */
  static async create(folder: string, path: string): Promise<PackFileWriter> {
    return new PackFileWriter(path, await open(join(folder, path), 'wx'));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const end = Math.min(bytes.length, done + CHUNK_BYTES - (this.#bytes % CHUNK_BYTES));
      this.#hash.update(bytes.subarray(done, end));
      this.#bytes += end - done;
      if (this.#bytes % CHUNK_BYTES === 0) this.#endChunk();
      done = end;
    }
    await this.handle.writeFile(bytes);
  }

  /** Closes the file; what the manifest says about it. */
  async finish(): Promise<PackFile> {
    if (this.#bytes % CHUNK_BYTES !== 0) this.#endChunk();
    await this.handle.close();
    return { path: this.path, bytes: this.#bytes, chunks: this.#chunks };
  }

  /** Closes the file, whatever is in it; after `finish` it does nothing. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  #endChunk(): void {
    this.#chunks.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
  }
}
