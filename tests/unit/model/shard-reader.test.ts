import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PackError, SternaError } from '../../../src/errors';
import { PackReader } from '../../../src/model/shard-reader';
import { weightsToPackTensors } from '../../../src/model/oracle/tensors';
import { packTensors } from '../../../src/model/tensors';
import type { ModelConfig } from '../../../src/model/config';
import { randomConfig, randomWeights } from '../../support/random-model';
import { Random, testSeed } from '../../support/random';
import { writeSafetensors } from '../../support/safetensors';
import type { RawTensor } from '../../support/safetensors';

const seed = testSeed();

/** All tensors of a random model as a pack stores them, the embedding last. */
function storedTensors(config: ModelConfig, random: Random): RawTensor[] {
  const shapes = new Map(packTensors(config, 'F32').map((tensor) => [tensor.name, tensor]));
  const tensors = Array.from(weightsToPackTensors(config, randomWeights(config, random)), ({ name, bytes }) => {
    const ternary = shapes.get(name)?.kind === 'ternary';
    const shape = ternary ? [bytes.length] : (shapes.get(name)?.shape ?? []);
    return { name, dtype: ternary ? 'U8' : 'F32', shape, bytes };
  });
  return [...tensors.slice(1), ...tensors.slice(0, 1)];
}

/** Cuts some tensors into parts. */
function inParts(tensors: RawTensor[], random: Random): RawTensor[] {
  return tensors.flatMap((tensor) => {
    if (tensor.bytes.length < 8 || random.chance(0.6)) return [tensor];
    const { name, dtype, bytes } = tensor;
    const cut = 4 * random.integer(1, bytes.length / 4 - 1);
    const size = dtype === 'U8' ? 1 : 4;
    return [bytes.subarray(0, cut), bytes.subarray(cut)].map((part, index) => {
      return { name: `${name}.part${index}`, dtype, shape: [part.length / size], bytes: part };
    });
  });
}

function inShards(tensors: RawTensor[], random: Random): Uint8Array[] {
  const cut = random.integer(1, tensors.length - 1);
  return [tensors.slice(0, cut), tensors.slice(cut)].map((shard) => writeSafetensors(shard));
}

/** Feeds shards in chunks of `chunkBytes`; what came of each tensor, put together. */
function read(reader: PackReader, shards: Uint8Array[], chunkBytes: () => number): Map<string, number[]> {
  const tensors = new Map<string, number[]>();
  for (const [index, shard] of shards.entries()) {
    reader.beginShard({ path: `shard ${index}`, bytes: shard.length, chunks: [] });
    for (let begin = 0; begin < shard.length;) {
      const end = Math.min(shard.length, begin + chunkBytes());
      for (const { name, byteOffset, bytes } of reader.push(shard.slice(begin, end))) {
        const tensor = tensors.get(name) ?? [];
        expect(byteOffset).toBe(tensor.length);
        expect(byteOffset % 4).toBe(0);
        tensor.push(...bytes);
        tensors.set(name, tensor);
      }
      begin = end;
    }
  }
  reader.finish();
  return tensors;
}

const config: ModelConfig = {
  vocabSize: 5,
  hiddenSize: 3,
  layerCount: 1,
  headCount: 1,
  stateSize: 3,
  intermediateSize: 2,
  rmsNormEpsilon: 1e-6,
  useLowerBound: true,
  tieWordEmbeddings: false,
  bosTokenId: null,
  eosTokenIds: [],
  maxPositionEmbeddings: 16,
};
const tensors = storedTensors(config, new Random(1));
const readTensors = (stored: RawTensor[], embeddings: 'F32' | 'F16' = 'F32') =>
  read(new PackReader(config, embeddings), [writeSafetensors(stored)], () => 4096);
const replaced = (name: string, change: (tensor: RawTensor) => RawTensor[]) =>
  tensors.flatMap((tensor) => (tensor.name === name ? change(tensor) : [tensor]));

describe('PackReader', () => {
  test(`puts random models together again, however they are cut (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let run = 0; run < 40; run++) {
      const config = randomConfig(random);
      const stored = storedTensors(config, random);
      const shards = inShards(inParts(stored, random), random);
      const result = read(new PackReader(config, 'F32'), shards, () => 4 * random.integer(1, 400));
      expect(result).toEqual(new Map(stored.map(({ name, bytes }) => [name, [...bytes]])));
    }
  });

  test('takes 16-bit embeddings whose length is no multiple of 4', () => {
    const half = { name: 'model.embeddings.weight', dtype: 'F16', shape: [5, 3], bytes: new Uint8Array(30).fill(1) };
    const result = readTensors([...tensors.slice(0, -1), half], 'F16');
    expect(result.get('model.embeddings.weight')).toHaveLength(30);
  });

  const NORM = 'model.norm.weight';
  const CODES = 'lm_head.weight.codes';
  test.each<[string, RawTensor[], RegExp]>([
    ['a missing tensor', replaced(NORM, () => []), /model\.norm\.weight: is missing/],
    ['an unknown tensor', [...tensors, { name: 'x', dtype: 'U8', shape: [4], bytes: new Uint8Array(4) }], /x: is no/],
    ['a tensor of another type', replaced(NORM, (t) => [{ ...t, dtype: 'I32' }]), /is of type I32, not F32/],
    ['a tensor of another shape', replaced(NORM, (t) => [{ ...t, shape: [3, 1] }]), /has shape \[3, 1\], not \[3\]/],
    ['a tensor and a part of it', replaced(NORM, (t) => [t, { ...t, name: `${NORM}.part0` }]), /came before/],
    ['parts from 1 on', replaced(NORM, (t) => [{ ...t, name: `${NORM}.part1` }]), /came where part 0 should/],
    [
      'a missing part',
      replaced(NORM, (t) => [{ ...t, name: `${NORM}.part0`, shape: [2], bytes: t.bytes.subarray(0, 8) }]),
      /is incomplete: 8 of 12 bytes/,
    ],
    [
      'a part too long',
      replaced(NORM, (t) => [{ ...t, name: `${NORM}.part0`, shape: [4], bytes: new Uint8Array(16) }]),
      /has 16 bytes, where 12/,
    ],
    [
      'a part of no multiple of 4 before the last',
      replaced(CODES, (t) => [{ ...t, name: `${CODES}.part0`, shape: [3], bytes: t.bytes.subarray(0, 3) }]),
      /no multiple of 4/,
    ],
    [
      'a float that is not finite',
      replaced(NORM, (t) => [{ ...t, bytes: new Uint8Array(Float32Array.of(1, -Infinity, 1).buffer) }]),
      /model\.norm\.weight: holds NaN or infinity/,
    ],
  ])('refuses %s', (_, stored, message) => {
    expect(() => readTensors(stored)).toThrow(PackError);
    expect(() => readTensors(stored)).toThrow(message);
  });

  test('refuses a chunk without shard, a shard that is cut off and one that is too long', () => {
    const shard = writeSafetensors(tensors);
    const file = { path: 'shard', bytes: shard.length, chunks: [] };
    expect(() => new PackReader(config, 'F32').push(new Uint8Array(4))).toThrow(PackError);
    const reader = new PackReader(config, 'F32');
    reader.beginShard(file);
    reader.push(shard.subarray(0, shard.length - 4));
    expect(() => {
      reader.finish();
    }).toThrow(/shard: is cut off/);
    expect(() => {
      reader.beginShard(file);
    }).toThrow(/shard: is cut off/);
    expect(() => reader.push(shard)).toThrow(/has more than its/);
  });

  test('refuses a header that a pack has no use for', () => {
    const reader = new PackReader(config, 'F32');
    reader.beginShard({ path: 'shard', bytes: 4_000_000, chunks: [] });
    const start = new Uint8Array(16);
    new DataView(start.buffer).setUint32(0, 3_000_000, true);
    expect(() => reader.push(start)).toThrow(/its header takes 3000008 bytes/);
  });

  test('throws nothing but SternaError, whatever bytes are changed', () => {
    const shard = writeSafetensors(tensors);
    const changes = fc.array(fc.tuple(fc.nat({ max: shard.length - 1 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, fc.nat({ max: shard.length }), fc.integer({ min: 1, max: 500 }), (edits, length, words) => {
        const bytes = shard.slice(0, edits.length === 0 ? length : shard.length);
        for (const [at, value] of edits) bytes[at] = value;
        try {
          read(new PackReader(config, 'F32'), [bytes], () => 4 * words);
        } catch (error) {
          expect(error).toBeInstanceOf(SternaError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
