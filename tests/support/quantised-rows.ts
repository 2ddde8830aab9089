import type { KernelHarness } from './kernel-harness';

/** A quantised row of activations as it lies in the `quantised` buffer (src/shaders/quantise.wgsl). */
export interface QuantisedActivations {
  q: Int8Array;
  /** `1 / a`. */
  inverse: number;
  /** The sum of q. */
  sum: number;
}

/** A row with the right sum. */
export function activations(q: Int8Array, inverse = 1): QuantisedActivations {
  return { q, inverse, sum: q.reduce((sum, value) => sum + value, 0) };
}

const rowBytes = (columns: number) => Math.ceil(columns / 64) * 64 + 16;

/** Puts rows of one width where a projection looks for them: token by token, for each token one row an input. */
export function writeQuantised(harness: KernelHarness, rows: readonly QuantisedActivations[]): void {
  const bytes = rowBytes(rows[0].q.length);
  const data = new DataView(new ArrayBuffer(bytes * rows.length));
  for (const [index, { q, inverse, sum }] of rows.entries()) {
    const begin = index * bytes;
    new Int8Array(data.buffer, begin).set(q);
    data.setFloat32(begin + bytes - 16, inverse, true);
    data.setInt32(begin + bytes - 12, sum, true);
  }
  harness.write('quantised', new Int8Array(data.buffer));
}

/** The first `count` rows of `columns` activations. The q includes what pads it to a multiple of 64. */
export async function readQuantised(
  harness: KernelHarness,
  columns: number,
  count: number,
): Promise<(QuantisedActivations & { padding: Int8Array })[]> {
  const bytes = rowBytes(columns);
  const data = new DataView(await harness.readPart('quantised'));
  return Array.from({ length: count }, (_, index) => {
    const begin = index * bytes;
    return {
      q: new Int8Array(data.buffer, begin, columns),
      padding: new Int8Array(data.buffer, begin + columns, bytes - 16 - columns),
      inverse: data.getFloat32(begin + bytes - 16, true),
      sum: data.getInt32(begin + bytes - 12, true),
    };
  });
}
