import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { block } from '../../src/model/oracle/block';
import { embeddingRow, forward, initialState } from '../../src/model/oracle/forward';
import { generateGreedily } from '../../src/model/oracle/generate';
import { rowOf } from '../../src/model/oracle/row';
import { lowerBoundRows, projections } from '../../src/model/oracle/weights';
import { blockDetail, headDetail } from '../support/golden-detail';
import type { DetailPairs } from '../support/golden-detail';
import { fixtureGolden, GOLDEN_NAMES, goldenState, loadGolden } from '../support/goldens';
import type { Golden, GoldenSequence } from '../support/goldens';
import {
  ARGMAX_AGREEMENT,
  argmaxAgreement,
  BLOCK_TOLERANCE,
  largestDifference,
  LOGIT_TOLERANCE,
  relativeDifference,
  SAFE_MARGIN,
  STATE_TOLERANCE,
} from '../support/tolerance';

/** Steps on the way, relative to their root mean square: single elements that nearly cancel are the worst. */
const DETAIL_TOLERANCE = 5e-5;

// A third golden, too large for this repository, is checked where a copy lies beside it.
const beside = process.env.STERNA_GOLDENS ?? fileURLToPath(new URL('../../../shared/goldens', import.meta.url));
const larger = join(beside, 'b_h128_l3_nolb');

const SOURCES = [
  ...GOLDEN_NAMES.map((name) => ({ name: name, present: true, load: () => fixtureGolden(name) })),
  {
    name: 'b_h128_l3_nolb',
    present: existsSync(larger),
    load: () => loadGolden(async (file) => new Uint8Array(await readFile(join(larger, file)))),
  },
];

describe.each(SOURCES)('oracle against golden $name', ({ present, load }) => {
  let golden: Golden;
  beforeAll(async () => {
    if (present) golden = await load();
  });

  it.skipIf(!present)('has the same ternary codes and magnitudes', () => {
    for (const { name, matrix } of projections(golden.weights)) {
      const recorded = `w.${name.replace(/^model\.layers\./, 'layer')}`;
      expect(largestDifference(matrix.codes, golden.bytes(`${recorded}.ternary`)), name).toBe(0);
      const [scale] = golden.floats(`${recorded}.scale`);
      expect(Math.abs(matrix.magnitude * scale - 1), name).toBeLessThan(1e-6);
    }
  });

  it.skipIf(!present)('has the same effective lower bounds', () => {
    const bounds = lowerBoundRows(golden.config, golden.weights);
    expect(golden.tensorNames.includes('lower_bounds_effective')).toBe(golden.config.useLowerBound);
    const expected = golden.config.useLowerBound
      ? golden.floats('lower_bounds_effective')
      : new Float32Array(bounds.length);
    expect(largestDifference(bounds, expected)).toBeLessThan(1e-6);
  });

  it.skipIf(!present)('gives the same logits, states and blocks for every sequence', () => {
    expect(golden.sequences.map(({ ids }) => ids.length)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    for (const sequence of golden.sequences) {
      if (sequence.roundingMargin >= SAFE_MARGIN) checkWholeSequence(golden, sequence);
      else checkTeacherForced(golden, sequence);
    }
  });

  it.skipIf(!present)('takes every recorded step of the detailed sequence', () => {
    const sequence = golden.sequences.find(({ detail }) => detail);
    if (sequence === undefined) throw new Error('the golden has no detailed sequence');
    const seen = new Set<string>();
    const check = ({ floats, quantised }: DetailPairs, place: string) => {
      for (const { name, actual, golden: expected } of floats) {
        expect(relativeDifference(actual, expected), `${place}: ${name}`).toBeLessThan(DETAIL_TOLERANCE);
        seen.add(name);
      }
      for (const { name, actual, golden: expected } of quantised) {
        expect([...actual], `${place}: ${name}`).toEqual([...expected]);
        seen.add(name);
      }
    };
    forward(golden.config, golden.weights, sequence.ids, initialState(golden.config), {
      block: (position, layer, row) => {
        check(blockDetail(golden, sequence.key, layer, position, row), `token ${position}`);
      },
      head: (position, row) => {
        check(headDetail(golden, sequence.key, position, row), `token ${position}`);
      },
    });
    const recorded = golden.tensorNames.filter((name) => name.startsWith(`${sequence.key}.detail.`));
    expect(recorded.filter((name) => !seen.has(name))).toEqual([]);
  });

  it.skipIf(!present)('generates the same tokens greedily', () => {
    const { prompt, ids, roundingMargin } = golden.greedy;
    const generation = generateGreedily(golden.config, golden.weights, prompt, ids.length);
    expect(generation.ids).toEqual(ids);
    if (roundingMargin < SAFE_MARGIN) return;
    expect(largestDifference(generation.logits, golden.floats('greedy.final_logits'))).toBeLessThan(LOGIT_TOLERANCE);
    expect(largestDifference(generation.state, goldenState(golden, 'greedy'))).toBeLessThan(STATE_TOLERANCE);
  });
});

function checkWholeSequence(golden: Golden, { key, ids }: GoldenSequence): void {
  const { logits, state } = forward(golden.config, golden.weights, ids, initialState(golden.config), {
    block: (position, layer, { output }) => {
      const expected = rowOf(golden.floats(`${key}.layer${layer}.block_out`), position, output.length);
      const place = `${key}, token ${position}, block ${layer}`;
      expect(relativeDifference(output, expected), place).toBeLessThan(DETAIL_TOLERANCE);
    },
  });
  expect(largestDifference(logits, golden.floats(`${key}.logits`)), key).toBeLessThan(LOGIT_TOLERANCE);
  expect(largestDifference(state, goldenState(golden, key)), key).toBeLessThan(STATE_TOLERANCE);
}

function checkTeacherForced(golden: Golden, { key, ids }: GoldenSequence): void {
  const { config, weights } = golden;
  for (const [index, layer] of weights.layers.entries()) {
    const inputs = index === 0 ? undefined : golden.floats(`${key}.layer${index - 1}.block_out`);
    const expected = golden.floats(`${key}.layer${index}.block_out`);
    let state: Float32Array = new Float32Array(config.stateSize);
    for (const [position, id] of ids.entries()) {
      const x = inputs === undefined ? embeddingRow(config, weights, id) : rowOf(inputs, position, config.hiddenSize);
      const row = block(config, layer, x, state);
      ({ state } = row);
      const difference = relativeDifference(row.output, rowOf(expected, position, config.hiddenSize));
      expect(difference, `${key}, token ${position}, block ${index}`).toBeLessThan(BLOCK_TOLERANCE);
    }
  }
  const { logits } = forward(config, weights, ids);
  const agreement = argmaxAgreement(logits, golden.floats(`${key}.logits`), config.vocabSize);
  expect(agreement, key).toBeGreaterThanOrEqual(ARGMAX_AGREEMENT);
}
