/** A value of a GGUF's metadata, of the types that are needed here. */
export type GgufValue =
  | { kind: 'uint32'; value: number }
  | { kind: 'float32'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'strings'; value: readonly string[] }
  | { kind: 'float32s'; value: readonly number[] }
  | { kind: 'int32s'; value: readonly number[] };

/** Where a tensor lies in a GGUF. */
export interface GgufEntry {
  name: string;
  /** Columns first, as GGUF has it. */
  shape: readonly number[];
  /** ggml's number of the type. */
  type: number;
  /** From the start of the data. */
  offset: number;
}

const VERSION = 3;
const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const STRING = 8;
const ARRAY = 9;

/** All of a GGUF before its data, padded to `alignment` bytes. */
export function ggufHeader(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufEntry[],
  alignment: number,
): Uint8Array {
  const pairs = Object.entries(metadata);
  const parts = [
    new TextEncoder().encode('GGUF'),
    uint32(VERSION),
    uint64(tensors.length),
    uint64(pairs.length),
    ...pairs.flatMap(([key, value]) => [...string(key), ...typed(value)]),
    ...tensors.flatMap(({ name, shape, type, offset }) => [
      ...string(name),
      uint32(shape.length),
      ...shape.map(uint64),
      uint32(type),
      uint64(offset),
    ]),
  ];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat(parts, Math.ceil(length / alignment) * alignment);
}

function typed(entry: GgufValue): Uint8Array[] {
  switch (entry.kind) {
    case 'uint32':
      return [uint32(UINT32), uint32(entry.value)];
    case 'float32':
      return [uint32(FLOAT32), bytesOf(Float32Array.of(entry.value))];
    case 'string':
      return [uint32(STRING), ...string(entry.value)];
    case 'strings':
      return [...array(STRING, entry.value.length), ...entry.value.flatMap(string)];
    case 'float32s':
      return [...array(FLOAT32, entry.value.length), bytesOf(Float32Array.from(entry.value))];
    case 'int32s':
      return [...array(INT32, entry.value.length), bytesOf(Int32Array.from(entry.value))];
  }
}

function array(type: number, length: number): Uint8Array[] {
  return [uint32(ARRAY), uint32(type), uint64(length)];
}

function string(value: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(value);
  return [uint64(bytes.length), bytes];
}

function uint32(value: number): Uint8Array {
  return bytesOf(Uint32Array.of(value));
}

function uint64(value: number): Uint8Array {
  return bytesOf(BigUint64Array.of(BigInt(value)));
}

function bytesOf({ buffer }: { buffer: ArrayBuffer }): Uint8Array {
  return new Uint8Array(buffer);
}
