import { DTYPE_BYTES } from '../src/model/safetensors';

/** The types that a checkpoint's weights may have. */
export const FLOAT_TYPES = ['F32', 'F16', 'BF16'] as const;
export type FloatType = (typeof FLOAT_TYPES)[number];

/** Bytes of one value. */
export function floatBytes(type: FloatType): number {
  return DTYPE_BYTES.get(type) ?? 4;
}

/** Little-endian values as float32, exactly. @param bytes whole values, at any alignment. */
export function decodeFloats(bytes: Uint8Array, type: FloatType): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  if (type === 'F32') return new Float32Array(buffer, byteOffset, bytes.length / 4);
  const halves = new Uint16Array(buffer, byteOffset, bytes.length / 2);
  return type === 'F16' ? decodeHalves(halves) : decodeBrainFloats(halves);
}

/** A bfloat16 is the upper half of a float32. */
function decodeBrainFloats(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let index = 0; index < values.length; index++) bits[index] = values[index] << 16;
  return new Float32Array(bits.buffer);
}

function decodeHalves(values: Uint16Array): Float32Array {
  const floats = new Float32Array(values.length);
  for (let index = 0; index < values.length; index++) floats[index] = HALVES[values[index]];
  return floats;
}

/** Every binary16 value by its bits: 5 bits of exponent (bias 15), 10 of fraction. */
const HALVES = Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
  const sign = bits < 0x8000 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
});
