import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CheckpointError, ConfigError, PackError, SternaError, TokenizerError } from '../../../src/errors';
import type { ModelConfig } from '../../../src/model/config';
import { convert } from '../../../tools/convert';
import { latentTensors, writeCheckpointFolder } from '../../support/checkpoint-folder';
import { configJson } from '../../../bench/model/config-json';
import { Random } from '../../support/random';
import type { RawTensor } from '../../support/safetensors';
import { temporaryFolder } from '../../support/temporary-folder';

const config: ModelConfig = {
  vocabSize: 5,
  hiddenSize: 4,
  layerCount: 2,
  headCount: 1,
  stateSize: 4,
  intermediateSize: 3,
  rmsNormEpsilon: 1e-6,
  useLowerBound: true,
  tieWordEmbeddings: false,
  bosTokenId: null,
  eosTokenIds: [],
  maxPositionEmbeddings: 16,
};
const tensors = latentTensors(config, new Random(7), () => 'F32');
const GATE = 'model.layers.1.mlp.gate_proj.weight';
const changed = (name: string, change: (tensor: RawTensor) => RawTensor[]) =>
  tensors.flatMap((tensor) => (tensor.name === name ? change(tensor) : [tensor]));
const floats = (dtype: string, shape: number[], bytes: number) => ({ dtype, shape, bytes: new Uint8Array(bytes) });

/** The checkpoint's value at `index` replaced by these little-endian bits. */
function poisoned(name: string, dtype: 'F32' | 'F16' | 'BF16', bits: number): RawTensor[] {
  return changed(name, ({ shape }) => {
    const count = shape.reduce((product, length) => product * length, 1);
    const bytes = new Uint8Array(count * (dtype === 'F32' ? 4 : 2));
    const view = new DataView(bytes.buffer);
    if (dtype === 'F32') view.setUint32(bytes.length - 4, bits, true);
    else view.setUint16(bytes.length - 2, bits, true);
    return [{ name, dtype, shape, bytes }];
  });
}

/** Converts; the error, after a look that nothing was left behind. */
async function refusal(root: string): Promise<SternaError> {
  const error: unknown = await convert(join(root, 'checkpoint'), join(root, 'pack')).catch((error: unknown) => error);
  expect(await readdir(root)).toEqual(['checkpoint']);
  expect(error).toBeInstanceOf(SternaError);
  return error as SternaError;
}

describe('convert refuses', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['short convolutions', { use_short_conv: true }, 'config.json: use_short_conv: models with short convolutions'],
    ['another type of model', { model_type: 'llama' }, 'config.json: model_type: Sterna runs models of type hgrn_bit'],
    ['an absurd size', { hidden_size: 1e12 }, 'config.json: hidden_size: '],
  ])('%s', async (_, fields, message) => {
    const root = await temporaryFolder();
    await writeCheckpointFolder(join(root, 'checkpoint'), { ...configJson(config), ...fields }, tensors);
    const error = await refusal(root);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(message);
  });

  test.each<[string, RawTensor[], string]>([
    ['a missing tensor', changed(GATE, () => []), `${GATE}: is missing from the checkpoint`],
    [
      'a misshapen tensor',
      changed(GATE, (tensor) => [{ ...tensor, shape: [...tensor.shape].reverse() }]),
      `model.safetensors: ${GATE}: has shape [4, 6], but config.json asks for [6, 4]`,
    ],
    [
      'an unknown tensor',
      [...tensors, { name: 'model.layers.0.attn.i_conv1d.weight', ...floats('F32', [4, 1, 4], 64) }],
      'no place for: model.layers.0.attn.i_conv1d.weight',
    ],
    [
      'many unknown tensors, counting them',
      [...tensors, ...'abcde'.split('').map((name) => ({ name, ...floats('F32', [1], 4) }))],
      'no place for: a, b, c and 2 more',
    ],
    ['a tensor of integers', changed(GATE, (t) => [{ ...t, dtype: 'I32' }]), `${GATE}: is of type I32, not one of F32`],
    ['NaN', poisoned(GATE, 'F32', 0x7fc00000), `model.safetensors: ${GATE}: holds NaN or infinity`],
    ['infinity in F16', poisoned(GATE, 'F16', 0xfc00), `model.safetensors: ${GATE}: holds NaN or infinity`],
    ['NaN in BF16', poisoned(GATE, 'BF16', 0x7f81), `model.safetensors: ${GATE}: holds NaN or infinity`],
    [
      'infinity in embeddings that are copied',
      poisoned('model.embeddings.weight', 'BF16', 0x7f80),
      'model.safetensors: model.embeddings.weight: holds NaN or infinity',
    ],
    [
      'infinity in a gain',
      poisoned('model.norm.weight', 'F32', 0xff800000),
      'model.safetensors: model.norm.weight: holds NaN or infinity',
    ],
    [
      'NaN in the lower bounds',
      poisoned('model.lower_bounds', 'F16', 0x7c01),
      'model.safetensors: model.lower_bounds: holds NaN or infinity',
    ],
  ])('%s', async (_, stored, message) => {
    const root = await temporaryFolder();
    await writeCheckpointFolder(join(root, 'checkpoint'), configJson(config), stored);
    const error = await refusal(root);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toContain(message);
  });

  test('a head of its own where the config ties it', async () => {
    const root = await temporaryFolder();
    await writeCheckpointFolder(
      join(root, 'checkpoint'),
      { ...configJson(config), tie_word_embeddings: true },
      tensors,
    );
    expect((await refusal(root)).message).toContain('no place for: lm_head.weight');
  });

  test('lower bounds where the config has none', async () => {
    const root = await temporaryFolder();
    await writeCheckpointFolder(join(root, 'checkpoint'), { ...configJson(config), use_lower_bound: false }, tensors);
    expect((await refusal(root)).message).toContain('no place for: model.lower_bounds');
  });

  test.each([0, 5, 100, 3000])('a file cut off at byte %i', async (length) => {
    const root = await temporaryFolder();
    const checkpoint = join(root, 'checkpoint');
    await writeCheckpointFolder(checkpoint, configJson(config), tensors);
    await truncate(join(checkpoint, 'model.safetensors'), length);
    const error = await refusal(root);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toMatch(/^model\.safetensors: .*cut off/);
  });

  test('a folder without weights, without config, and no folder at all', async () => {
    const root = await temporaryFolder();
    const checkpoint = join(root, 'checkpoint');
    await mkdir(checkpoint);
    expect((await refusal(root)).message).toContain('has no config.json');
    await writeFile(join(checkpoint, 'config.json'), JSON.stringify(configJson(config)));
    expect((await refusal(root)).message).toContain('has neither model.safetensors nor model.safetensors.index.json');
    await expect(convert(join(root, 'nothing'), join(root, 'pack'))).rejects.toThrow(/has no config\.json/);
  });

  test('companions that are broken', async () => {
    const root = await temporaryFolder();
    const checkpoint = join(root, 'checkpoint');
    await writeCheckpointFolder(checkpoint, configJson(config), tensors);
    await writeFile(join(checkpoint, 'tokenizer.json'), '{"model":');
    const error = await refusal(root);
    expect(error).toBeInstanceOf(TokenizerError);
    expect(error.message).toBe('tokenizer.json: is not JSON in UTF-8');
    await writeFile(join(checkpoint, 'generation_config.json'), '{"temperature":"hot"}');
    expect((await refusal(root)).message).toContain('generation_config.json: temperature: ');
  });

  test.each<[string, (index: { weight_map: Record<string, string> }) => unknown, RegExp]>([
    ['without weight_map', () => ({}), /index\.json: weight_map: /],
    ['that leaves the folder', (i) => ({ weight_map: { ...i.weight_map, x: '../x.safetensors' } }), /weight_map\.x: /],
    [
      'that names a missing file',
      (i) => ({ weight_map: { ...i.weight_map, x: 'x.safetensors' } }),
      /x\.safetensors: cannot/,
    ],
    [
      'that names a missing tensor',
      (i) => ({ weight_map: { ...i.weight_map, x: 'model-00001-of-00002.safetensors' } }),
      /index\.json: x: is not in model-00001/,
    ],
    [
      'that leaves a tensor out',
      (i) => ({ weight_map: Object.fromEntries(Object.entries(i.weight_map).filter(([name]) => name !== GATE)) }),
      /gate_proj\.weight: is in model-0000\d.*but the index names no file/,
    ],
  ])('an index %s', async (_, change, message) => {
    const root = await temporaryFolder();
    const checkpoint = join(root, 'checkpoint');
    await writeCheckpointFolder(checkpoint, configJson(config), tensors, 2);
    const file = join(checkpoint, 'model.safetensors.index.json');
    const index = JSON.parse(await readFile(file, 'utf8')) as { weight_map: Record<string, string> };
    await writeFile(file, JSON.stringify(change(index)));
    expect((await refusal(root)).message).toMatch(message);
  });

  test('to write over a folder that holds something, but not into an empty one', async () => {
    const root = await temporaryFolder();
    const checkpoint = join(root, 'checkpoint');
    const pack = join(root, 'pack');
    await writeCheckpointFolder(checkpoint, configJson(config), tensors);
    await mkdir(pack);
    await convert(checkpoint, pack);
    const before = await readdir(pack);
    await expect(convert(checkpoint, pack)).rejects.toThrow(PackError);
    expect(await readdir(pack)).toEqual(before);
    await expect(convert(checkpoint, join(pack, 'sterna.json'))).rejects.toThrow(/is not a folder/);
  });

  test('to go on when it is aborted, and leaves nothing behind', async () => {
    const root = await temporaryFolder();
    await writeCheckpointFolder(join(root, 'checkpoint'), configJson(config), tensors);
    const abort = new AbortController();
    const options = {
      signal: abort.signal,
      onProgress: (done: number, total: number) => {
        if (done > total / 2) abort.abort();
      },
    };
    await expect(convert(join(root, 'checkpoint'), join(root, 'pack'), options)).rejects.toThrow(/aborted/);
    expect(await readdir(root)).toEqual(['checkpoint']);
  });
});
