/** A tensor to be put into a safetensors file. */
export interface RawTensor {
  name: string;
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** The header's JSON as an object, tensors one after another from byte 0 of the data. */
export function safetensorsHeader(tensors: readonly RawTensor[]): Record<string, unknown> {
  const header: Record<string, unknown> = {};
  let begin = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [begin, begin + bytes.length] };
    begin += bytes.length;
  }
  return header;
}

/** A file with this text as its header, spaces up to a multiple of 8, and this data. */
export function safetensorsFile(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + data.length).fill(0x20);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  file.set(data, 8 + length);
  return file;
}

/** A well-formed file of these tensors. */
export function writeSafetensors(tensors: readonly RawTensor[], metadata?: Record<string, string>): Uint8Array {
  const header = { ...(metadata === undefined ? {} : { __metadata__: metadata }), ...safetensorsHeader(tensors) };
  return safetensorsFile(JSON.stringify(header), concatenate(tensors.map(({ bytes }) => bytes)));
}

/** All the bytes, one array after another. */
export function concatenate(arrays: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const array of arrays) {
    all.set(array, begin);
    begin += array.length;
  }
  return all;
}
