import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/model/config';
import { embeddingSegments } from '../../src/model/plan/embedding-layout';
import { headLayout, layerLayout } from '../../src/model/plan/weight-layout';
import type { EmbeddingType } from '../../src/model/tensors';
import { harnessDevice, KernelHarness } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { randomPortions, shuffled } from '../support/portions';
import { Random, testSeed } from '../support/random';
import { tinyConfig } from '../support/tiny-config';

const TYPES = ['F32', 'F16', 'BF16', 'I8'] as const;
const UNTOUCHED = 0x7fedcba9;

/** A table of one type, and the float32 bits of its rows. */
interface Table {
  bytes: Uint8Array;
  scales?: Float32Array;
  bits: Uint32Array;
}

const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer.slice(values.byteOffset), 0, values.length);

/** The value of a float16, by its definition. */
function half(word: number): number {
  const sign = word >> 15 === 0 ? 1 : -1;
  const exponent = (word >> 10) & 31;
  const fraction = (word & 1023) / 1024;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** Every finite float16: 31 exponents of 1,024 fractions, of both signs. */
const HALVES = [0, 0x8000].flatMap((sign) => Array.from({ length: 31 * 1024 }, (_, magnitude) => sign + magnitude));

function halfTable(words: Uint16Array): Table {
  return { bytes: new Uint8Array(words.buffer), bits: bitsOf(Float32Array.from(words, half)) };
}

function randomTable(type: EmbeddingType, rows: number, columns: number, random: Random): Table {
  const size = rows * columns;
  switch (type) {
    case 'F32': {
      const values = random.floats(size, () => random.pick([random.normal(), random.normal() * 1e30, 0, -0]));
      return { bytes: new Uint8Array(values.buffer), bits: bitsOf(values) };
    }
    case 'F16':
      return halfTable(Uint16Array.from({ length: size }, () => random.pick(HALVES)));
    case 'BF16': {
      const words = Uint16Array.from({ length: size }, () => random.pick([0, 0x8000, random.integer(0x3f00, 0x40ff)]));
      return { bytes: new Uint8Array(words.buffer), bits: Uint32Array.from(words, (word) => word * 65536) };
    }
    case 'I8': {
      const values = Int8Array.from({ length: size }, () => random.integer(-128, 127));
      const scales = random.floats(rows, () => random.uniform(1e-4, 1e-1));
      const floats = Float32Array.from(values, (value, index) => value * scales[Math.floor(index / columns)]);
      return { bytes: new Uint8Array(values.buffer), scales, bits: bitsOf(floats) };
    }
  }
}

function rowsOf({ bits }: Table, columns: number, tokens: readonly number[]): number[][] {
  return tokens.map((token) => [...bits.subarray(token * columns, (token + 1) * columns)]);
}

/** The smallest binding that the layer and the head leave a device. */
function smallestBinding(config: ModelConfig): number {
  const layouts = [layerLayout(config, 'two-bit'), headLayout(config, 'two-bit')];
  return Math.max(...layouts.map((part) => part.weightBytes + part.parameterBytes));
}

/** Uploads a table in random portions and gives the bits of the rows of some tokens; checks that nothing else changed. */
async function lookUp(
  device: HarnessDevice,
  random: Random,
  type: EmbeddingType,
  table: Table,
  columns: number,
  tokens: readonly number[],
  bindingBytes?: number,
): Promise<number[][]> {
  const rows = table.bits.length / columns;
  const harness = KernelHarness.create(device, tinyConfig({ vocabSize: rows, hiddenSize: columns }), {
    embeddings: type,
    capacity: { sliceTokens: tokens.length },
    ...(bindingBytes === undefined ? {} : { bindingBytes }),
  });
  const portions = randomPortions('model.embeddings.weight', table.bytes, random);
  if (table.scales) {
    const bytes = new Uint8Array(table.scales.buffer);
    portions.push(...randomPortions('model.embeddings.weight.scales', bytes, random));
  }
  await harness.upload(shuffled(portions, random));
  harness.fill('x', UNTOUCHED);
  harness.writeStep({ count: tokens.length, tokens });
  for (const segment of shuffled(harness.weights.embeddings, random)) {
    const groups = Math.ceil(columns / harness.tuning.workgroup);
    await harness.run(harness.kernels.embed(type), segment, [groups, tokens.length]);
  }
  const words = await harness.readWords('x');
  const stride = harness.strides.x;
  return tokens.map((_, token) => {
    const row = words.subarray(token * stride, (token + 1) * stride);
    expect(row.subarray(columns).every((word) => word === UNTOUCHED)).toBe(true);
    return [...row.subarray(0, columns)];
  });
}

describe('embed', () => {
  const seed = testSeed();
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });

  it.each(TYPES)(`looks rows of %s up to the last bit (seed ${seed})`, async (type) => {
    const random = new Random(seed);
    for (let round = 0; round < 5; round++) {
      const columns = random.pick([1, 3, random.integer(1, 20), random.integer(63, 70)]);
      const rows = random.integer(5, 60);
      const table = randomTable(type, rows, columns, random);
      const tokens = [0, rows - 1, ...Array.from({ length: 12 }, () => random.integer(0, rows - 1))];
      const found = await lookUp(device, random, type, table, columns, tokens);
      expect(found, `round ${round}, ${rows} x ${columns}`).toEqual(rowsOf(table, columns, tokens));
    }
  });

  it.each(TYPES)(`finds rows of %s in whichever segment of the table they are (seed ${seed})`, async (type) => {
    const random = new Random(seed);
    for (let round = 0; round < 3; round++) {
      const columns = random.integer(50, 64);
      const rows = random.integer(200, 220);
      const config = tinyConfig({ vocabSize: rows, hiddenSize: columns });
      const bindingBytes = smallestBinding(config);
      const segments = embeddingSegments(config, type, bindingBytes);
      expect(segments.length).toBeGreaterThan(2);
      const edges = segments.flatMap(({ firstRow, rows: count }) => [firstRow, firstRow + count - 1]);
      const tokens = [...edges, ...Array.from({ length: 12 }, () => random.integer(0, rows - 1))];
      const table = randomTable(type, rows, columns, random);
      const found = await lookUp(device, random, type, table, columns, tokens, bindingBytes);
      expect(found, `round ${round}, ${rows} x ${columns}`).toEqual(rowsOf(table, columns, tokens));
    }
  });

  it('decodes every finite float16, subnormals and both zeros included', async () => {
    const columns = 31;
    const table = halfTable(Uint16Array.from(HALVES));
    const tokens = Array.from({ length: HALVES.length / columns }, (_, row) => row);
    const rows = await lookUp(device, new Random(1), 'F16', table, columns, tokens);
    expect(rows.flat()).toEqual([...table.bits]);
  });

  it('writes nothing once the generation has ended', async () => {
    const harness = KernelHarness.create(device, tinyConfig());
    harness.fill('x', UNTOUCHED);
    harness.writeStep({ ended: 1, tokens: [0] });
    await harness.run(harness.kernels.embed('F32'), harness.weights.embeddings[0], [1, 1]);
    expect((await harness.readWords('x')).every((word) => word === UNTOUCHED)).toBe(true);
  });
});
