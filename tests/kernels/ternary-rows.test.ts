import { describe, expect, it } from 'vitest';
import type { DeviceOptions } from '../../src/gpu/device';
import type { Tuning } from '../../src/model/plan/tuning';
import { ternaryMultiply } from '../../src/model/oracle/ternary-multiply';
import type { TernaryMatrix } from '../../src/model/oracle/weights';
import { harnessDevice } from '../support/kernel-harness';
import { activations, readQuantised, writeQuantised } from '../support/quantised-rows';
import { Random, testSeed } from '../support/random';
import { randomRowShape } from '../support/random-row-shape';
import { randomGain, randomTernaryMatrix } from '../support/random-model';
import {
  CODE_FORMATS,
  eachColumn,
  everyGroupOfCodes,
  headHarness,
  randomActivations,
  randomCodes,
  randomShape,
  transposed,
  UNTOUCHED,
} from '../support/ternary-head';

const TEAMS = ['single', 'workgroup', 'subgroup'] as const;
const DEVICES: { title: string; options: DeviceOptions; teams: readonly Tuning['team'][] }[] = [
  { title: 'packed dot product', options: {}, teams: TEAMS },
  { title: 'plain dot product', options: { withhold: ['packed_4x8_integer_dot_product'] }, teams: TEAMS },
  { title: 'unnumbered subgroups', options: { withhold: ['subgroup_id'] }, teams: ['subgroup'] },
];
const SHAPES_PER_VARIANT = 4;

/** How work is shared: any split must give the same sums. */
function randomTuning(team: Tuning['team'], round: number, random: Random): Partial<Tuning> {
  return {
    team,
    codes: CODE_FORMATS[round % CODE_FORMATS.length],
    workgroup: random.pick([64, 128, 256]),
    shapes: { head: randomRowShape(random) },
    tokensPerBlock: random.pick([1, 2, 4, 8]),
  };
}

describe.each(DEVICES)('ternary rows, $title', ({ options, teams }) => {
  const seed = testSeed();
  const device = harnessDevice(options);

  it.each(teams)(`give the oracle's sums of stored activations, team: %s (seed ${seed})`, async (team) => {
    const random = new Random(seed);
    for (let round = 0; round < SHAPES_PER_VARIANT; round++) {
      const matrix = randomCodes(random);
      const tuning = randomTuning(team, round, random);
      const harness = await headHarness(await device, matrix, { tuning });
      for (const tokens of ['one', 'block'] as const) {
        const { tokensPerBlock } = harness.tuning;
        const count = tokens === 'one' ? 1 : random.integer(1, 20);
        const wanted = tokens === 'block' ? count : 1;
        const rows = Array.from({ length: 24 }, () => activations(randomActivations(matrix.columns, random)));
        writeQuantised(harness, rows);
        harness.fill('logits', UNTOUCHED);
        harness.writeStep({ count });
        const blocks = tokens === 'block' ? Math.ceil(count / tokensPerBlock) : 1;
        await harness.run(harness.kernels.stored('head', tokens), harness.weights.head, [
          harness.kernels.rowGroups('head'),
          blocks,
        ]);
        const context = `round ${round}, ${tokens} of ${count}, ${JSON.stringify(harness.tuning)}`;
        const expected = rows.slice(0, wanted).flatMap(({ q }) => [...ternaryMultiply(q, matrix)]);
        const logits = await harness.readFloats('logits');
        expect([...logits.subarray(0, expected.length)], context).toEqual(expected);
        const rest = new Uint32Array(logits.buffer).subarray(expected.length);
        expect(
          rest.every((word) => word === UNTOUCHED),
          context,
        ).toBe(true);
      }
    }
  });

  it.each(teams)(`give the same of activations they quantise themselves, team: %s (seed ${seed})`, async (team) => {
    const random = new Random(seed);
    for (let round = 0; round < SHAPES_PER_VARIANT; round++) {
      const { rows, columns } = randomShape(random);
      const matrix = randomTernaryMatrix(rows, columns, random);
      const harness = await headHarness(
        await device,
        matrix,
        { tuning: randomTuning(team, round, random) },
        randomGain(columns, random),
      );
      const { head } = harness.weights;
      const count = random.integer(1, 5);
      harness.write(
        'x',
        random.floats((count - 1) * harness.strides.x + columns, () => random.normal()),
      );
      harness.writeStep({ count });
      await harness.run(harness.kernels.quantise('head', 'last'), head, [1, 1]);
      const [{ q, inverse }] = await readQuantised(harness, columns, 1);
      const scale = Math.fround(inverse * matrix.magnitude);
      const expected = Array.from(ternaryMultiply(q, matrix), (sum) => Math.fround(sum * scale));

      await harness.run(harness.kernels.fused('head', 'last'), head, [harness.kernels.rowGroups('head'), 1]);
      const logits = await harness.readFloats('logits');
      const context = `round ${round}, last of ${count}, ${JSON.stringify(harness.tuning)}`;
      expect([...logits.subarray(0, rows)], context).toEqual(expected);
      expect(new Uint32Array(logits.buffer)[rows], context).toBe(UNTOUCHED);
    }
  });

  it('stay exact at the width of the largest published model and at its extremes', async () => {
    const columns = 6912;
    const matrix: TernaryMatrix = {
      rows: 3,
      columns,
      magnitude: 1,
      codes: Int8Array.from(
        { length: 3 * columns },
        (_, index) => [1, -1, index % 2 === 0 ? 1 : -1][Math.floor(index / columns)],
      ),
    };
    for (const [team, codes] of teams.flatMap((each) => CODE_FORMATS.map((format) => [each, format] as const))) {
      const harness = await headHarness(await device, matrix, { tuning: { team, codes } });
      for (const value of [127, -127, -128]) {
        writeQuantised(harness, [activations(new Int8Array(columns).fill(value))]);
        harness.writeStep({ count: 1 });
        await harness.run(harness.kernels.stored('head', 'one'), harness.weights.head, [1, 1]);
        const logits = await harness.readFloats('logits');
        expect([...logits.subarray(0, 3)], `${team}, ${codes}`).toEqual([value * columns, -value * columns, 0]);
      }
    }
  });

  it.each(CODE_FORMATS)('read every group of codes as it is, %s', async (codes) => {
    const matrix = everyGroupOfCodes();
    const harness = await headHarness(await device, matrix, { tuning: { codes, tokensPerBlock: 4 } });
    const rows = eachColumn(matrix);
    writeQuantised(
      harness,
      rows.map((row) => activations(row)),
    );
    harness.writeStep({ count: rows.length });
    await harness.run(harness.kernels.stored('head', 'block'), harness.weights.head, [
      harness.kernels.rowGroups('head'),
      rows.length / 4,
    ]);
    const logits = await harness.readFloats('logits');
    expect([...logits.subarray(0, matrix.codes.length)]).toEqual(transposed(matrix));
  });

  it('write nothing once the generation has ended', async () => {
    const harness = await headHarness(await device, randomTernaryMatrix(5, 5, new Random(1)));
    harness.writeStep({ count: 1, ended: 1 });
    for (const kernel of [harness.kernels.stored('head', 'one'), harness.kernels.fused('head')]) {
      await harness.run(kernel, harness.weights.head, [1, 1]);
      expect((await harness.readWords('logits')).every((word) => word === UNTOUCHED)).toBe(true);
    }
  });
});
