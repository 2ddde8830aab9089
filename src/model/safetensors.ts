import * as v from 'valibot';
import { CheckpointError } from '../errors';
import { repeatedKey } from './json-keys';

/** One tensor as the header lists it. */
export interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  /** First byte, within the data section. */
  begin: number;
  /** One past the last byte, within the data section. */
  end: number;
}

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  /** Where the data section starts in the file. */
  dataOffset: number;
  /** Sorted by `begin`; they cover the data section without gap or overlap. */
  tensors: TensorEntry[];
  metadata: Record<string, string>;
}

/** Bytes of the header's length field, a little-endian u64. */
export const HEADER_LENGTH_BYTES = 8;
const HEADER_LIMIT = 16 * 1024 * 1024;
const MAX_DIMENSIONS = 8;

/** Bytes of one value of each type. */
export const DTYPE_BYTES: ReadonlyMap<string, number> = new Map([
  ...['BOOL', 'U8', 'I8', 'F8_E4M3', 'F8_E5M2'].map((dtype) => [dtype, 1] as const),
  ...['U16', 'I16', 'F16', 'BF16'].map((dtype) => [dtype, 2] as const),
  ...['U32', 'I32', 'F32'].map((dtype) => [dtype, 4] as const),
  ...['U64', 'I64', 'F64'].map((dtype) => [dtype, 8] as const),
]);

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const entrySchema = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(count), v.maxLength(MAX_DIMENSIONS)),
  data_offsets: v.strictTuple([count, count]),
});

/**
 * Where the data section starts: 8 plus the header's length.
 * @param bytes at least the first 8 bytes of the file.
 * @throws CheckpointError if the file is too short or the length absurd.
 */
export function safetensorsDataOffset(bytes: Uint8Array, file: string, fileBytes: number): number {
  if (fileBytes < HEADER_LENGTH_BYTES || bytes.length < HEADER_LENGTH_BYTES) {
    throw new CheckpointError(`is cut off: ${fileBytes} bytes are too few for a safetensors file`, { file });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(HEADER_LIMIT)) {
    const reason = `says ${length.toString()} bytes, more than the limit of ${HEADER_LIMIT}: this is no safetensors file`;
    throw new CheckpointError(reason, { file, field: 'header length' });
  }
  const dataOffset = HEADER_LENGTH_BYTES + Number(length);
  if (dataOffset > fileBytes) {
    throw new CheckpointError(`is cut off: its header needs ${dataOffset} bytes, it has ${fileBytes}`, { file });
  }
  return dataOffset;
}

/**
 * Reads and checks the header of a safetensors file.
 * @param bytes the file from its start, at least up to its data section.
 * @param fileBytes size of the whole file.
 * @throws CheckpointError naming the tensor at fault.
 */
export function parseSafetensorsHeader(bytes: Uint8Array, file: string, fileBytes: number): SafetensorsHeader {
  const dataOffset = safetensorsDataOffset(bytes, file, fileBytes);
  if (bytes.length < dataOffset) throw new CheckpointError('is cut off inside its header', { file });
  const header = parseObject(bytes.subarray(HEADER_LENGTH_BYTES, dataOffset), file);
  const tensors: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parseMetadata(value, file);
    else tensors.push(parseEntry(name, value, file));
  }
  tensors.sort((first, second) => first.begin - second.begin || first.end - second.end);
  checkCoverage(tensors, file, fileBytes - dataOffset);
  return { dataOffset, tensors, metadata };
}

function parseObject(bytes: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError('is not JSON in UTF-8', { file, field: 'header', cause });
  }
  if (!text.startsWith('{') || !isObject(json)) {
    throw new CheckpointError('is not a JSON object', { file, field: 'header' });
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw new CheckpointError('is listed twice', { file, field: repeated });
  return json;
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (!isObject(value) || texts.length !== entries.length) {
    throw new CheckpointError('is not an object of strings', { file, field: '__metadata__' });
  }
  return Object.fromEntries(texts);
}

function parseEntry(name: string, value: unknown, file: string): TensorEntry {
  const refuse = (reason: string): never => {
    throw new CheckpointError(reason, { file, field: name });
  };
  const result = v.safeParse(entrySchema, value);
  if (!result.success) {
    const [issue] = result.issues;
    return refuse(`${v.getDotPath(issue) ?? 'entry'}: ${issue.message}`);
  }
  const { dtype, shape, data_offsets: offsets } = result.output;
  const [begin, end] = offsets;
  if (end < begin) refuse(`ends at byte ${end}, before its start ${begin}`);
  const valueBytes = DTYPE_BYTES.get(dtype) ?? refuse(`has the unknown type ${dtype}`);
  // A dimension of 0 makes the tensor empty, however large the others are.
  const values = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1);
  const wanted = values * valueBytes;
  if (wanted !== end - begin) {
    refuse(`has ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] takes ${wanted}`);
  }
  return { name, dtype, shape, begin, end };
}

function checkCoverage(tensors: TensorEntry[], file: string, dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of tensors) {
    const fault = begin < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
    if (begin !== covered) throw new CheckpointError(`starts at byte ${begin} and ${fault}`, { file, field: name });
    if (end > dataBytes) {
      const reason = `ends at byte ${end} of the data, but the file has ${dataBytes}: it is cut off`;
      throw new CheckpointError(reason, { file, field: name });
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new CheckpointError(`has ${dataBytes - covered} bytes after its last tensor`, { file });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
