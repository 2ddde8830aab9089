import { PackError } from '../errors';

/** Codes in one byte: 3^5 = 243 of the 256 values are used. */
export const CODES_PER_BYTE = 5;
/** The smallest magnitude: keeps an all-zero matrix finite. Source: docs/MODEL.md section 3. */
export const SMALLEST_MAGNITUDE = 1e-5;
/** Five zero weights: the byte that fills a stream up to a multiple of 4. */
const PADDING_BYTE = 121;
const VALUES_PER_BYTE = 3 ** CODES_PER_BYTE;

/**
 * 1/s of a matrix, as float32: its mean absolute weight, held away from 0.
 * @param absoluteSum sum of |W| in float64. Source: docs/MODEL.md section 3.
 */
export function ternaryMagnitude(absoluteSum: number, count: number): number {
  return Math.fround(Math.max(absoluteSum / count, SMALLEST_MAGNITUDE));
}

/**
 * The codes (-1, 0 or 1) of float32 weights: sign(W) where |W · s| is above one half, else 0.
 * @param magnitude 1/s of the whole matrix, a float32. Source: docs/MODEL.md section 3.
 */
export function quantiseTernary(values: Float32Array, magnitude: number): Int8Array {
  const scale = Math.fround(1 / magnitude);
  const codes = new Int8Array(values.length);
  for (const [index, value] of values.entries()) {
    if (Math.abs(Math.fround(value * scale)) > 0.5) codes[index] = value > 0 ? 1 : -1;
  }
  return codes;
}

/** Bytes of a stream of `count` codes, padding included: a multiple of 4. */
export function ternaryByteLength(count: number): number {
  return Math.ceil(Math.ceil(count / CODES_PER_BYTE) / 4) * 4;
}

/**
 * Packs codes five to a byte in base 3, the first code as the least significant digit, padded to a multiple of 4 bytes.
 * Streams of slices whose length is a multiple of 20 have no padding, so they can be joined. Source: docs/PACK.md.
 */
export function encodeTernary(codes: Int8Array): Uint8Array {
  const bytes = new Uint8Array(ternaryByteLength(codes.length)).fill(PADDING_BYTE);
  for (let index = 0, place = 0; index < codes.length; index += CODES_PER_BYTE, place++) {
    let value = 0;
    for (let digit = CODES_PER_BYTE - 1; digit >= 0; digit--) value = value * 3 + (codes[index + digit] ?? 0) + 1;
    bytes[place] = value;
  }
  return bytes;
}

/**
 * The first `count` codes of a stream.
 * @throws PackError if the stream has another length, or a byte that is no group of five codes.
 */
export function decodeTernary(bytes: Uint8Array, count: number): Int8Array {
  const wanted = ternaryByteLength(count);
  if (bytes.length !== wanted) throw new PackError(`${count} codes take ${wanted} bytes, not ${bytes.length}`);
  const codes = new Int8Array(count);
  for (const [place, byte] of bytes.entries()) {
    if (byte >= VALUES_PER_BYTE) throw new PackError(`byte ${place} of the codes is ${byte}: only 0 to 242 are valid`);
    let rest = byte;
    for (let digit = 0; digit < CODES_PER_BYTE; digit++) {
      const index = place * CODES_PER_BYTE + digit;
      if (index < count) codes[index] = (rest % 3) - 1;
      rest = Math.trunc(rest / 3);
    }
  }
  return codes;
}
