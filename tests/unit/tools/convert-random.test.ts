import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shardsOf } from '../../../src/model/manifest';
import { convert } from '../../../tools/convert';
import { decodeFloats, FLOAT_TYPES } from '../../../tools/float-values';
import type { FloatType } from '../../../tools/float-values';
import { latentTensors, writeCheckpointFolder } from '../../support/checkpoint-folder';
import { configJson } from '../../../bench/model/config-json';
import type { LatentTensor } from '../../support/checkpoint-folder';
import { packBytes, packFloats, packMatrix, readPack } from '../../support/pack-folder';
import type { PackOnDisk } from '../../support/pack-folder';
import { Random, testSeed } from '../../support/random';
import { randomConfig } from '../../support/random-model';
import { temporaryFolder } from '../../support/temporary-folder';

const seed = testSeed();

/** What docs/MODEL.md section 3 makes of a matrix, once more. */
function expectedTernary(values: Float32Array): { codes: number[]; magnitude: number } {
  const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  const magnitude = Math.fround(Math.max(mean, 1e-5));
  const scale = Math.fround(1 / magnitude);
  const codes = Array.from(values, (value) => (Math.abs(Math.fround(value * scale)) > 0.5 ? Math.sign(value) : 0));
  return { codes, magnitude };
}

function expectPackOf(pack: PackOnDisk, tensors: readonly LatentTensor[]): void {
  const values = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const name of pack.tensors.keys()) {
    if (name.endsWith('.weight.codes')) {
      const matrix = name.slice(0, -'.weight.codes'.length);
      const latent = values.get(`${matrix}.weight`) ?? values.get('model.embeddings.weight');
      const { codes, magnitude } = packMatrix(pack, matrix);
      expect({ codes: [...codes], magnitude }, name).toEqual(expectedTernary(latent?.values ?? new Float32Array()));
    } else if (name === 'model.embeddings.weight') {
      expect(packBytes(pack, name)).toEqual(values.get(name)?.bytes);
    } else if (values.has(name)) {
      expect(packFloats(pack, name), name).toEqual(values.get(name)?.values);
    }
  }
}

test(`converts random checkpoints of every type, whole and in shards (seed ${seed})`, async () => {
  const random = new Random(seed);
  for (const types of [['F32'], ['F16'], ['BF16'], FLOAT_TYPES, FLOAT_TYPES, FLOAT_TYPES] as FloatType[][]) {
    const root = await temporaryFolder();
    const config = randomConfig(random);
    const tensors = latentTensors(config, random, () => random.pick(types));
    await writeCheckpointFolder(join(root, 'one'), configJson(config), tensors);
    await writeCheckpointFolder(join(root, 'shards'), configJson(config), tensors, random.integer(2, 4));
    await convert(join(root, 'one'), join(root, 'pack'), { name: 'a name' });
    await convert(join(root, 'shards'), join(root, 'pack of shards'), { name: 'a name' });

    const pack = await readPack(join(root, 'pack'));
    expect(pack.config).toEqual(config);
    expectPackOf(pack, tensors);
    for (const file of ['sterna.json', 'model-00001-of-00001.safetensors']) {
      const [one, other] = await Promise.all(
        ['pack', 'pack of shards'].map((name) => readFile(join(root, name, file))),
      );
      expect(one.equals(other), file).toBe(true);
    }
  }
});

test(`rounds embeddings to int8 rows and says what is lost, the tied head excepted (seed ${seed})`, async () => {
  const random = new Random(seed);
  const root = await temporaryFolder();
  const config = { ...randomConfig(random), tieWordEmbeddings: true };
  const tensors = latentTensors(config, random, () => 'BF16');
  const embeddings = tensors[0].values;
  // A row of zeros has no scale to speak of.
  tensors[0].bytes.fill(0, 0, 2 * config.hiddenSize);
  embeddings.fill(0, 0, config.hiddenSize);
  await writeCheckpointFolder(join(root, 'checkpoint'), configJson(config), tensors);
  const { embeddingLoss } = await convert(join(root, 'checkpoint'), join(root, 'pack'), { embeddings: 'int8' });

  const pack = await readPack(join(root, 'pack'));
  const scales = packFloats(pack, 'model.embeddings.weight.scales');
  const codes = new Int8Array(packBytes(pack, 'model.embeddings.weight').buffer);
  let squares = 0;
  let squaredError = 0;
  let largest = 0;
  for (let row = 0; row < config.vocabSize; row++) {
    const values = embeddings.subarray(row * config.hiddenSize, (row + 1) * config.hiddenSize);
    expect(scales[row]).toBe(Math.fround(Math.max(...values.map(Math.abs)) / 127));
    for (const [column, value] of values.entries()) {
      const error = Math.abs(value - Math.fround(codes[row * config.hiddenSize + column] * scales[row]));
      expect(error).toBeLessThanOrEqual(scales[row] * 0.5001);
      [squares, squaredError, largest] = [squares + value ** 2, squaredError + error ** 2, Math.max(largest, error)];
    }
  }
  expect(embeddingLoss?.rms).toBeCloseTo(Math.sqrt(squaredError / squares), 6);
  expect(embeddingLoss?.max).toBeCloseTo(largest / Math.sqrt(squares / embeddings.length), 6);
  const head = packMatrix(pack, 'lm_head');
  expect({ codes: [...head.codes], magnitude: head.magnitude }).toEqual(expectedTernary(embeddings));
});

// By IEEE 754: 1, -2, the largest, the smallest, a third, infinities and NaN.
test('reads 16-bit floats exactly', () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x8000, 0x7c00, 0xfc00, 0x7e00);
  expect([...decodeFloats(new Uint8Array(halves.buffer), 'F16')]).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    0.333251953125,
    -0,
    Infinity,
    -Infinity,
    NaN,
  ]);
  const brainFloats = Uint16Array.of(0x3f80, 0xc000, 0x7f7f, 0x0001, 0x3eab, 0x7f80);
  expect([...decodeFloats(new Uint8Array(brainFloats.buffer), 'BF16')]).toEqual([
    1,
    -2,
    255 * 2 ** 120,
    2 ** -133,
    0.333984375,
    Infinity,
  ]);
});

test('reads floats from any place in memory', () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 1.5, true);
  new DataView(bytes.buffer).setFloat32(5, -3, true);
  expect([...decodeFloats(bytes.subarray(1), 'F32')]).toEqual([1.5, -3]);
});

test('copies what stands beside the weights, and lists it with its hashes', async () => {
  const root = await temporaryFolder();
  const random = new Random(seed);
  const config = randomConfig(random);
  const checkpoint = join(root, 'checkpoint');
  await writeCheckpointFolder(
    checkpoint,
    configJson(config),
    latentTensors(config, random, () => 'F16'),
  );
  const texts = {
    'generation_config.json': '{"temperature": 0.7}',
    'tokenizer.json': '{"model": {}}',
    'tokenizer_config.json': '{}',
    'chat_template.jinja': '{{ messages }}',
    'special_tokens_map.json': '{}',
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(checkpoint, name), text);
  const warnings: string[] = [];
  await convert(checkpoint, join(root, 'pack'), { onWarning: (message) => warnings.push(message) });
  expect(warnings).toEqual([]);
  const { manifest } = await readPack(join(root, 'pack'));
  expect(manifest.name).toBe('checkpoint');
  expect(manifest.files.map(({ path }) => path)).toEqual([
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'chat_template.jinja',
    'chat_template.tree.json',
    ...shardsOf(manifest).map(({ path }) => path),
  ]);
  // `printf '{{ messages }}' | sha256sum`
  expect(manifest.files[4]).toEqual({
    path: 'chat_template.jinja',
    bytes: 14,
    chunks: ['f24189f08c85a1eb19a737306c3a13e85462ee33d964f28108d64a2485fa2171'],
  });
  expect(await readFile(join(root, 'pack', 'chat_template.jinja'), 'utf8')).toBe('{{ messages }}');
  expect(JSON.parse(await readFile(join(root, 'pack', 'chat_template.tree.json'), 'utf8'))).toEqual({
    version: 1,
    literals: [],
    body: [{ type: 'Identifier', value: 'messages' }],
  });
});
