import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError, PackError } from '../../../src/errors';
import { parseSafetensorsHeader } from '../../../src/model/safetensors';
import { PackReader } from '../../../src/model/shard-reader';
import { packTensors } from '../../../src/model/tensors';
import { resultOrRefusal } from '../../support/fuzz';
import { hostileValue, jsonText, mutated } from '../../support/hostile-json';
import { packShards } from '../../support/pack-shards';
import { Random, testSeed } from '../../support/random';
import { randomWeights } from '../../support/random-model';
import { safetensorsFile } from '../../support/safetensors';
import { cases } from '../../support/soak';
import { tinyConfig } from '../../support/tiny-config';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 5000 }) };
const FILE = 'model-00001-of-00001.safetensors';
const DATA_BYTES = 64;
const GOOD = {
  __metadata__: { format: 'pt' },
  codes: { dtype: 'U8', shape: [20], data_offsets: [0, 20] },
  nothing: { dtype: 'F32', shape: [0, 5], data_offsets: [20, 20] },
  norm: { dtype: 'F32', shape: [3, 2], data_offsets: [20, 44] },
  half: { dtype: 'BF16', shape: [2, 5], data_offsets: [44, 64] },
};

/** What docs/PACK.md promises of a header that is taken: tensors one after another over all the data. */
function isSoundOrRefused(bytes: Uint8Array, fileBytes: number): void {
  const parse = () => parseSafetensorsHeader(bytes, FILE, fileBytes);
  const header = resultOrRefusal(parse, [CheckpointError], FILE);
  if (header === undefined) return;
  let end = 0;
  for (const tensor of header.tensors) {
    expect(tensor.begin).toBe(end);
    expect(tensor.end).toBeGreaterThanOrEqual(tensor.begin);
    end = tensor.end;
  }
  expect(header.dataOffset + end).toBe(fileBytes);
  expect(new Set(header.tensors.map(({ name }) => name)).size).toBe(header.tensors.length);
}

const withHeader = (json: unknown, dataBytes = DATA_BYTES) => {
  const bytes = safetensorsFile(jsonText(json), new Uint8Array(dataBytes));
  isSoundOrRefused(bytes, bytes.length);
};

/** A good file with some bytes changed. */
const damaged = (good: Uint8Array) =>
  fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 }).map((changes) => {
    const bytes = good.slice();
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes;
  });

describe(`a hostile safetensors header (seed ${seed})`, () => {
  it('is sound or refused where a good one was changed', () => {
    withHeader(GOOD);
    fc.assert(fc.property(mutated(GOOD), fc.constant(DATA_BYTES), withHeader), parameters);
  });

  it('is sound or refused whatever it is', () => {
    fc.assert(fc.property(hostileValue, fc.nat({ max: 100 }), withHeader), parameters);
  });

  it('is sound or refused where bytes were changed, or the file is longer or shorter than it says', () => {
    const good = safetensorsFile(JSON.stringify(GOOD), new Uint8Array(DATA_BYTES));
    const length = fc.oneof(fc.constant(good.length), fc.nat({ max: 2000 }), fc.constantFrom(2 ** 31, 2 ** 53 - 1));
    fc.assert(fc.property(damaged(good), length, isSoundOrRefused), parameters);
    fc.assert(fc.property(fc.uint8Array(), length, isSoundOrRefused), parameters);
  });

  it('makes no memory of a length that it only names', () => {
    for (const length of [2n ** 24n + 1n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]) {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      expect(() => parseSafetensorsHeader(bytes, FILE, 2 ** 53 - 1)).toThrow(CheckpointError);
    }
  });
});

describe(`a hostile shard (seed ${seed})`, () => {
  const config = tinyConfig({ vocabSize: 7, hiddenSize: 6, stateSize: 6, layerCount: 1, intermediateSize: 5 });
  const sizes = new Map(packTensors(config, 'F32').map(({ name, byteLength }) => [name, byteLength]));
  const [[path, good]] = packShards(config, randomWeights(config, new Random(seed)));
  const dataOffset = 8 + Number(new DataView(good.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(good.subarray(8, dataOffset))) as unknown;

  /** Either every tensor of the model comes whole, each byte once and in order, or an error names what is wrong. */
  const isReadOrRefused = (shard: Uint8Array, cuts: readonly number[]) => {
    const reader = new PackReader(config, 'F32');
    const got = new Map<string, number>();
    const read = () => {
      reader.beginShard({ path, bytes: shard.length, chunks: [] });
      for (let begin = 0, cut = 0; begin < shard.length; cut++) {
        const end = Math.min(shard.length, begin + 4 * (1 + (cuts[cut % cuts.length] % 64)));
        for (const { name, byteOffset, bytes } of reader.push(shard.slice(begin, end))) {
          expect(byteOffset).toBe(got.get(name) ?? 0);
          got.set(name, byteOffset + bytes.length);
          expect(byteOffset + bytes.length).toBeLessThanOrEqual(sizes.get(name) ?? 0);
        }
        begin = end;
      }
      reader.finish();
      return got;
    };
    const whole = resultOrRefusal(read, [PackError, CheckpointError]);
    if (whole !== undefined) expect(whole).toEqual(sizes);
  };
  const cuts = fc.array(fc.nat(), { minLength: 1, maxLength: 5 });

  it('is read whole or refused where its header was changed', () => {
    isReadOrRefused(good, [1]);
    const changed = mutated(header).map((json) => safetensorsFile(jsonText(json), good.slice(dataOffset)));
    fc.assert(fc.property(changed, cuts, isReadOrRefused), parameters);
  });

  it('is read whole or refused where its bytes were changed', () => {
    fc.assert(fc.property(damaged(good), cuts, isReadOrRefused), parameters);
  });
});
