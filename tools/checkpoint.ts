import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../src/errors';
import { HEADER_LENGTH_BYTES, parseSafetensorsHeader, safetensorsDataOffset } from '../src/model/safetensors';
import { findCheckpointFiles } from './checkpoint-files';
import { decodeFloats, FLOAT_TYPES, floatBytes } from './float-values';
import type { FloatType } from './float-values';

/** Values read at once: 4 MiB as float32, and a multiple of 20, so that slices of ternary codes can be joined. */
const SLICE_VALUES = 20 * 52_428;

/** A tensor of a checkpoint, where it lies. */
export interface CheckpointTensor {
  name: string;
  /** Name of the file that it is in. */
  file: string;
  type: FloatType;
  shape: number[];
  /** First byte in the file. */
  begin: number;
  byteLength: number;
}

/** How a long read is watched and stopped. */
export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** Told the bytes of each slice of weights that was read. */
  onRead?: ((bytes: number) => void) | undefined;
}

/** The weights of an HF checkpoint folder, read in slices of bounded size by position; nothing is kept. */
export class Checkpoint {
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly #handles: ReadonlyMap<string, FileHandle>;

  private constructor(
    tensors: CheckpointTensor[],
    handles: Map<string, FileHandle>,
    private readonly options: ReadOptions,
  ) {
    this.tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    this.#handles = handles;
  }

  /** @throws CheckpointError if a file is missing, cut off or no safetensors file of floats, or the index doesn't fit. */
  static async open(folder: string, options: ReadOptions = {}): Promise<Checkpoint> {
    const files = await findCheckpointFiles(folder);
    const handles = new Map<string, FileHandle>();
    try {
      const tensors: CheckpointTensor[] = [];
      for (const name of files.names) {
        const handle = await open(join(folder, name)).catch((cause: unknown) => {
          throw new CheckpointError('cannot be opened', { file: name, cause });
        });
        handles.set(name, handle);
        tensors.push(...(await readTensorList(handle, name)));
      }
      if (files.index !== undefined) checkIndex(tensors, files.index.fileOf, files.index.name);
      return new Checkpoint(tensors, handles, options);
    } catch (error) {
      await closeAll(handles);
      throw error;
    }
  }

  /**
   * The raw bytes of a tensor, slice by slice: whole values, a multiple of 20 but for the last slice.
   * @throws CheckpointError if the file ends early, or its values hold NaN or infinity.
   */
  async *bytes(tensor: CheckpointTensor): AsyncGenerator<Uint8Array> {
    for await (const { bytes } of this.#slices(tensor)) yield bytes;
  }

  /** The values of a tensor in the same slices, as float32. @throws CheckpointError as `bytes` does. */
  async *values(tensor: CheckpointTensor): AsyncGenerator<Float32Array> {
    for await (const { values } of this.#slices(tensor)) yield values;
  }

  async close(): Promise<void> {
    await closeAll(this.#handles);
  }

  async *#slices(tensor: CheckpointTensor): AsyncGenerator<{ bytes: Uint8Array; values: Float32Array }> {
    const { name, file, type, begin, byteLength } = tensor;
    const handle = this.#handles.get(file);
    if (handle === undefined) throw new CheckpointError('is not open', { file });
    const sliceBytes = SLICE_VALUES * floatBytes(type);
    for (let done = 0; done < byteLength; done += sliceBytes) {
      this.options.signal?.throwIfAborted();
      const bytes = await readFully(handle, file, begin + done, Math.min(sliceBytes, byteLength - done));
      this.options.onRead?.(bytes.length);
      const values = decodeFloats(bytes, type);
      if (!allFinite(values)) throw new CheckpointError('holds NaN or infinity', { file, field: name });
      yield { bytes, values };
    }
  }
}

async function readTensorList(handle: FileHandle, file: string): Promise<CheckpointTensor[]> {
  const { size } = await handle.stat();
  const start = await readFully(handle, file, 0, Math.min(HEADER_LENGTH_BYTES, size));
  const dataOffset = safetensorsDataOffset(start, file, size);
  const { tensors } = parseSafetensorsHeader(await readFully(handle, file, 0, dataOffset), file, size);
  return tensors.map(({ name, dtype, shape, begin, end }) => {
    const type = FLOAT_TYPES.find((known) => known === dtype);
    if (type === undefined) {
      throw new CheckpointError(`is of type ${dtype}, not one of ${FLOAT_TYPES.join(', ')}`, { file, field: name });
    }
    return { name, file, type, shape, begin: dataOffset + begin, byteLength: end - begin };
  });
}

/** Index and files must tell the same: each tensor once, in the file that the index names. */
function checkIndex(tensors: CheckpointTensor[], fileOf: ReadonlyMap<string, string>, index: string): void {
  for (const { name, file } of tensors) {
    const named = fileOf.get(name);
    if (named !== file) {
      throw new CheckpointError(`is in ${file}, but the index names ${named ?? 'no file'}`, {
        file: index,
        field: name,
      });
    }
  }
  const found = new Set(tensors.map(({ name }) => name));
  for (const [name, file] of fileOf) {
    if (!found.has(name)) throw new CheckpointError(`is not in ${file}`, { file: index, field: name });
  }
}

function allFinite(values: Float32Array): boolean {
  let sum = 0;
  // x - x is 0 for every float but NaN and the infinities. A for-of loop takes ten times as long over gigabytes.
  for (let index = values.length - 1; index >= 0; index--) sum += values[index] - values[index];
  return sum === 0;
}

async function readFully(handle: FileHandle, file: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new CheckpointError(`is cut off at byte ${position + done}`, { file });
    done += bytesRead;
  }
  return bytes;
}

async function closeAll(handles: ReadonlyMap<string, FileHandle>): Promise<void> {
  await Promise.all(Array.from(handles.values(), (handle) => handle.close()));
}
