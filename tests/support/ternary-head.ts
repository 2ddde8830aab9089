import type { CodeFormat } from '../../src/model/plan/code-format';
import type { TernaryMatrix } from '../../src/model/oracle/weights';
import { encodeTernary } from '../../src/model/ternary';
import { type HarnessDevice, type HarnessOptions, KernelHarness } from './kernel-harness';
import type { Random } from './random';
import { randomTernaryMatrix } from './random-model';
import { tinyConfig } from './tiny-config';

export const CODE_FORMATS: readonly CodeFormat[] = ['two-bit', 'base-3'];

/** A bit pattern that no kernel writes. */
export const UNTOUCHED = 0x7fedcba9;

/** The head is the plainest projection; its scale of 1 leaves the integer sums as they are. */
export async function headHarness(
  device: HarnessDevice,
  matrix: TernaryMatrix,
  options: HarnessOptions = {},
  gain?: Float32Array,
): Promise<KernelHarness> {
  const config = tinyConfig({ vocabSize: matrix.rows, hiddenSize: matrix.columns });
  const harness = KernelHarness.create(device, config, options);
  const floats = (values: Float32Array) => new Uint8Array(values.buffer);
  await harness.uploadTensors([
    { name: 'lm_head.weight.codes', bytes: encodeTernary(matrix.codes) },
    { name: 'lm_head.weight.magnitude', bytes: floats(Float32Array.of(matrix.magnitude)) },
    { name: 'model.norm.weight', bytes: floats(new Float32Array(matrix.columns).fill(1)) },
    { name: 'lm_head.norm.weight', bytes: floats(gain ?? new Float32Array(matrix.columns).fill(1)) },
  ]);
  harness.fill('logits', UNTOUCHED);
  return harness;
}

/** A matrix that has every group of five codes in each byte of a word, in either format. */
export function everyGroupOfCodes(): TernaryMatrix {
  const [rows, columns] = [3 ** 5, 20];
  const codes = Int8Array.from({ length: rows * columns }, (_, index) => {
    const column = index % columns;
    const group = (Math.floor(index / columns) + 61 * (column % 4)) % rows;
    return (Math.floor(group / 3 ** (4 - Math.floor(column / 4))) % 3) - 1;
  });
  return { rows, columns, magnitude: 1, codes };
}

/** Rows of one activation each, so that their sums are the columns of the matrix. */
export function eachColumn({ columns }: TernaryMatrix): Int8Array[] {
  return Array.from({ length: columns }, (_, column) =>
    Int8Array.from({ length: columns }, (__, index) => Number(index === column)),
  );
}

/** The matrix, column by column. */
export function transposed({ rows, columns, codes }: TernaryMatrix): number[] {
  return Array.from(
    { length: rows * columns },
    (_, index) => codes[(index % rows) * columns + Math.floor(index / rows)],
  );
}

export function randomShape(random: Random) {
  return {
    rows: random.integer(1, 70),
    columns: random.pick([random.integer(1, 70), random.integer(71, 300), random.integer(1025, 1100)]),
  };
}

export function randomCodes(random: Random): TernaryMatrix {
  const { rows, columns } = randomShape(random);
  const matrix = randomTernaryMatrix(rows, columns, random);
  const extreme = random.pick([undefined, undefined, 1, -1]);
  return { ...matrix, magnitude: 1, codes: extreme === undefined ? matrix.codes : matrix.codes.fill(extreme) };
}

export function randomActivations(columns: number, random: Random): Int8Array {
  const extreme = random.pick([undefined, undefined, 127, -127, -128]);
  return Int8Array.from({ length: columns }, () => extreme ?? random.integer(-128, 127));
}
