import { PackError } from '../errors';

/** The bits of a value's exponent: all set in NaN and infinity. */
const EXPONENTS: ReadonlyMap<string, { bytes: 2 | 4; mask: number }> = new Map([
  ['F32', { bytes: 4, mask: 0x7f80_0000 }],
  ['BF16', { bytes: 2, mask: 0x7f80 }],
  ['F16', { bytes: 2, mask: 0x7c00 }],
]);

/**
 * Refuses NaN and infinity, which WGSL may take for granted not to be there. Integer types pass.
 * @param bytes whole values of type `dtype`, little-endian.
 * @throws PackError naming the tensor.
 */
export function checkFinite(bytes: Uint8Array, dtype: string, file: string, tensor: string): void {
  const exponent = EXPONENTS.get(dtype);
  if (exponent === undefined) return;
  const { mask } = exponent;
  // Typed arrays need aligned memory, which a view of a chunk may not be.
  const { buffer, byteOffset } = bytes.byteOffset % exponent.bytes === 0 ? bytes : bytes.slice();
  const values =
    exponent.bytes === 4
      ? new Uint32Array(buffer, byteOffset, bytes.length / 4)
      : new Uint16Array(buffer, byteOffset, bytes.length / 2);
  if (hasExponent(values, mask)) throw new PackError('holds NaN or infinity', { file, field: tensor });
}

/** By index: embeddings are tens of millions of values, over which `some` and for-of take several times as long. */
function hasExponent(values: Uint32Array | Uint16Array, mask: number): boolean {
  let index = values.length;
  while (--index >= 0) if ((values[index] & mask) === mask) return true;
  return false;
}
