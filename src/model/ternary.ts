import { PackError } from '../errors';

/** Codes in one byte: 3^5 = 243 of the 256 values are used. */
export const CODES_PER_BYTE = 5;
/** The smallest magnitude: keeps an all-zero matrix finite. Source: docs/MODEL.md section 3. */
export const SMALLEST_MAGNITUDE = 1e-5;
/** Five zero weights: the byte that fills a stream up to a multiple of 4. */
const PADDING_BYTE = 121;
/** Bytes above it are no group of five codes. */
export const LARGEST_TERNARY_BYTE = 3 ** CODES_PER_BYTE - 1;

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
  for (let index = 0; index < values.length; index++) {
    const scaled = Math.fround(values[index] * scale);
    codes[index] = Number(scaled > 0.5) - Number(scaled < -0.5);
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
  let weight = 1;
  for (let index = 0; index < codes.length; index++) {
    if (index % CODES_PER_BYTE === 0) weight = 1;
    // A padding byte stands for zero weights, so a code adds what it is away from zero.
    bytes[Math.floor(index / CODES_PER_BYTE)] += codes[index] * weight;
    weight *= 3;
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
    if (byte > LARGEST_TERNARY_BYTE)
      throw new PackError(`byte ${place} of the codes is ${byte}: only 0 to 242 are valid`);
    let rest = byte;
    for (let digit = 0; digit < CODES_PER_BYTE; digit++) {
      const index = place * CODES_PER_BYTE + digit;
      if (index < count) codes[index] = (rest % 3) - 1;
      rest = Math.trunc(rest / 3);
    }
  }
  return codes;
}
