import { beforeAll, describe, expect, it } from 'vitest';
import { PackError } from '../../src/errors';
import type { ModelConfig } from '../../src/model/config';
import type { TensorPortion } from '../../src/model/shard-reader';
import { encodeTernary } from '../../src/model/ternary';
import { headProjection, layerProjections } from '../../src/model/tensors';
import type { Projection } from '../../src/model/tensors';
import { headLayout, layerLayout } from '../../src/model/plan/weight-layout';
import { harnessDevice, KernelHarness } from '../support/kernel-harness';
import type { HarnessDevice } from '../support/kernel-harness';
import { randomPortions, shuffled } from '../support/portions';
import { Random, testSeed } from '../support/random';
import { randomTernaryMatrix } from '../support/random-model';
import { tinyConfig } from '../support/tiny-config';

const ROUNDS = 20;

/** A shape that only expansion has to bear: each width anything from 1 to 90. */
function raggedConfig(random: Random): ModelConfig {
  return tinyConfig({
    vocabSize: random.integer(1, 40),
    hiddenSize: random.integer(1, 90),
    layerCount: random.integer(1, 2),
    stateSize: random.integer(1, 90),
    intermediateSize: random.integer(1, 90),
  });
}

/** What a byte of base-3 digits is stored as: the least number that is at least so many parts of 243. */
const asFraction = (digits: number) => Math.ceil((digits * 256) / 243);

/** The base-3 words of a matrix by the layout that layer.wgsl describes, byte by byte. */
function base3Words(codes: Int8Array, { rows, columns }: Projection): Uint32Array {
  const rowBytes = Math.ceil(columns / 80) * 16;
  const numbers = new Array<number>(rows * rowBytes).fill(0);
  for (const [index, code] of codes.entries()) {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const place = column % 20;
    numbers[row * rowBytes + Math.floor(column / 20) * 4 + (place % 4)] +=
      (code + 1) * 3 ** (4 - Math.floor(place / 4));
  }
  return new Uint32Array(Uint8Array.from(numbers, asFraction).buffer);
}

/** The 2-bit words of a matrix by the layout that layer.wgsl describes, code by code. */
function twoBitWords(codes: Int8Array, { rows, columns }: Projection): Uint32Array {
  const rowWords = Math.ceil(columns / 64) * 4;
  const words = new Uint32Array(rows * rowWords);
  for (const [index, code] of codes.entries()) {
    const row = Math.floor(index / columns);
    const column = index % columns;
    const place = column % 16;
    words[row * rowWords + Math.floor(column / 16)] |= (code + 1) << ((place % 4) * 8 + Math.floor(place / 4) * 2);
  }
  return words;
}

const FORMATS = [
  { format: 'two-bit', expectedWords: twoBitWords },
  { format: 'base-3', expectedWords: base3Words },
] as const;

const codesOf = ({ rows, columns }: Projection, random: Random) => randomTernaryMatrix(rows, columns, random).codes;

describe('expand', () => {
  const seed = testSeed();
  let device: HarnessDevice;
  beforeAll(async () => {
    device = await harnessDevice();
  });

  const title = `makes $format words of ragged matrices that come in portions, in any order (seed ${seed})`;
  it.each(FORMATS)(title, async ({ format, expectedWords }) => {
    const random = new Random(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const config = raggedConfig(random);
      const harness = KernelHarness.create(device, config, { tuning: { codes: format } });
      const layers = harness.weights.layers.map((weights, layer) => {
        return {
          weights,
          codesAt: layerLayout(config, format).parameterBytes,
          matrices: layerProjections(config, layer),
        };
      });
      const head = { weights: harness.weights.head, codesAt: headLayout(config, format).parameterBytes };
      const buffers = [...layers, { ...head, matrices: [headProjection(config)] }];
      const portions: TensorPortion[] = [];
      const expected = buffers.map(({ matrices }) =>
        matrices.flatMap((matrix) => {
          const codes = codesOf(matrix, random);
          portions.push(...randomPortions(`${matrix.name}.weight.codes`, encodeTernary(codes), random));
          return [...expectedWords(codes, matrix)];
        }),
      );
      await harness.upload(shuffled(portions, random));
      for (const [index, { weights, codesAt }] of buffers.entries()) {
        const words = [...new Uint32Array(await harness.readBytes(weights), codesAt)];
        expect(words, `round ${round}, buffer ${index} of ${JSON.stringify(config)}`).toEqual(expected[index]);
      }
    }
  });

  it.each(FORMATS)(
    'makes $format words of a matrix that is too large for one piece',
    async ({ format, expectedWords }) => {
      const config = tinyConfig({ vocabSize: 1300, hiddenSize: 1101 });
      const harness = KernelHarness.create(device, config, { tuning: { codes: format } });
      const head = headProjection(config);
      const codes = codesOf(head, new Random(seed));
      await harness.uploadTensors([{ name: `${head.name}.weight.codes`, bytes: encodeTernary(codes) }]);
      const { parameterBytes } = headLayout(config, format);
      const words = new Uint32Array(await harness.readBytes(harness.weights.head), parameterBytes);
      expect(words).toEqual(expectedWords(codes, head));
    },
  );

  it(`counts every byte that is no group of five codes (seed ${seed})`, async () => {
    const random = new Random(seed);
    for (let round = 0; round < 8; round++) {
      const config = raggedConfig(random);
      const harness = KernelHarness.create(device, config);
      const head = headProjection(config);
      const bytes = encodeTernary(codesOf(head, random));
      const broken = new Set([
        bytes.length - 1,
        random.integer(0, bytes.length - 1),
        random.integer(0, bytes.length - 1),
      ]);
      for (const place of broken) bytes[place] = random.pick([243, 255, random.integer(243, 255)]);
      const loading = harness.upload(shuffled(randomPortions('lm_head.weight.codes', bytes, random), random));
      await expect(loading, `round ${round}`).rejects.toThrow(PackError);
      await expect(loading, `round ${round}`).rejects.toThrow(`${broken.size} bytes`);
    }
  });

  it('refuses a tensor that the model does not have', async () => {
    const harness = KernelHarness.create(device, raggedConfig(new Random(1)));
    const portion = { name: 'model.layers.9.attn.i_proj.weight.codes', byteOffset: 0, bytes: new Uint8Array(4) };
    await expect(harness.upload([portion])).rejects.toThrow(PackError);
  });
});
