import { describe, expect, it } from 'vitest';
import type { DeviceOptions } from '../../src/gpu/device';
import type { TileShape } from '../../src/model/plan/tile-shape';
import { ternaryMultiply } from '../../src/model/oracle/ternary-multiply';
import type { TernaryMatrix } from '../../src/model/oracle/weights';
import { harnessDevice } from '../support/kernel-harness';
import type { KernelHarness } from '../support/kernel-harness';
import { activations, writeQuantised } from '../support/quantised-rows';
import { Random, testSeed } from '../support/random';
import { randomTernaryMatrix } from '../support/random-model';
import {
  CODE_FORMATS,
  eachColumn,
  everyGroupOfCodes,
  headHarness,
  randomActivations,
  randomCodes,
  transposed,
  UNTOUCHED,
} from '../support/ternary-head';
import { TILE_SHAPES } from '../support/tile-shapes';

const DEVICES: { title: string; options: DeviceOptions; shapes: TileShape[] }[] = [
  { title: 'packed dot product', options: {}, shapes: TILE_SHAPES },
  {
    title: 'plain dot product, default limits',
    options: { withhold: ['packed_4x8_integer_dot_product', 'subgroups'], defaultLimits: true },
    shapes: TILE_SHAPES.slice(0, 2),
  },
];
const CAPACITY = { sliceTokens: 140, logitRows: 140 };

function run(harness: KernelHarness, count: number): Promise<void> {
  harness.writeStep({ count });
  const { kernels, weights } = harness;
  return harness.run(kernels.tile('head'), weights.head, kernels.tileGroups('head', count));
}

describe.each(DEVICES)('ternary tiles, $title', ({ options, shapes }) => {
  const seed = testSeed();
  const device = harnessDevice(options);

  it.each(shapes)(
    `give the oracle's sums: $tileTokens tokens x $tileRows rows x $tileWords words, $threadTokens a thread (seed ${seed})`,
    async (shape) => {
      const random = new Random(seed);
      for (let round = 0; round < 4; round++) {
        const tuning = { ...shape, tilesWanted: 0, codes: CODE_FORMATS[round % 2] };
        const drawn = randomCodes(random);
        const rows = random.integer(1, 140);
        const matrix: TernaryMatrix = round > 1 ? drawn : { ...randomTernaryMatrix(rows, 130, random), magnitude: 1 };
        const harness = await headHarness(await device, matrix, { tuning, capacity: CAPACITY });
        const count = random.integer(1, CAPACITY.sliceTokens);
        // Rows beyond `count` are there too, and must not be taken for tokens.
        const all = Array.from({ length: CAPACITY.sliceTokens }, () =>
          activations(randomActivations(matrix.columns, random)),
        );
        writeQuantised(harness, all);
        await run(harness, count);
        const context = `round ${round}, ${count} tokens, ${matrix.rows} rows of ${matrix.columns}, ${tuning.codes}`;
        const expected = all.slice(0, count).flatMap(({ q }) => [...ternaryMultiply(q, matrix)]);
        const logits = await harness.readFloats('logits');
        expect([...logits.subarray(0, expected.length)], context).toEqual(expected);
        const rest = new Uint32Array(logits.buffer).subarray(expected.length);
        expect(
          rest.every((word) => word === UNTOUCHED),
          context,
        ).toBe(true);
      }
    },
  );

  it.each(CODE_FORMATS)('read every group of codes as it is, %s', async (codes) => {
    const matrix = everyGroupOfCodes();
    const harness = await headHarness(await device, matrix, { tuning: { codes, ...shapes[0] } });
    const rows = eachColumn(matrix);
    writeQuantised(
      harness,
      rows.map((row) => activations(row)),
    );
    await run(harness, rows.length);
    const logits = await harness.readFloats('logits');
    expect([...logits.subarray(0, matrix.codes.length)]).toEqual(transposed(matrix));
  });

  it.each(CODE_FORMATS)('stay exact at the largest published width and at their extremes, %s', async (format) => {
    const columns = 6912;
    const codes = Int8Array.from({ length: 2 * columns }, (_, index) => (index < columns ? 1 : -1));
    const harness = await headHarness(
      await device,
      { rows: 2, columns, magnitude: 1, codes },
      {
        tuning: { codes: format },
      },
    );
    const values = [127, -127, -128];
    writeQuantised(
      harness,
      values.map((value) => activations(new Int8Array(columns).fill(value))),
    );
    await run(harness, values.length);
    const logits = await harness.readFloats('logits');
    expect([...logits.subarray(0, 6)]).toEqual(values.flatMap((value) => [value * columns, -value * columns]));
  });

  it('write nothing once the generation has ended', async () => {
    const harness = await headHarness(await device, randomTernaryMatrix(5, 5, new Random(1)));
    harness.writeStep({ count: 2, ended: 1 });
    await harness.run(harness.kernels.tile('head'), harness.weights.head, harness.kernels.tileGroups('head', 2));
    expect((await harness.readWords('logits')).every((word) => word === UNTOUCHED)).toBe(true);
  });
});
