import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ConfigError, PackError, TemplateError } from '../../../src/errors';
import { compileTemplate } from '../../../tools/compile-template';
import { convert } from '../../../tools/convert';
import { gpuMemory } from '../../../tools/gpu-memory';
import { inspect } from '../../../tools/inspect';
import { inspectionReport } from '../../../tools/inspection-report';
import { parseConfig } from '../../../src/model/config';
import { temporaryFolder } from '../../support/temporary-folder';

const checkpoint = fileURLToPath(new URL('../../fixtures/goldens/a_h64_l2_lb', import.meta.url));
const SHARD = 'model-00001-of-00001.safetensors';

async function goldenPack(): Promise<string> {
  const folder = join(await temporaryFolder(), 'pack');
  await convert(checkpoint, folder);
  return folder;
}

/** Changes a byte of the shard and, as a forger would, its hash in the manifest. */
async function forge(folder: string, change: (shard: Buffer) => void): Promise<void> {
  const shard = await readFile(join(folder, SHARD));
  change(shard);
  await writeFile(join(folder, SHARD), shard);
  const manifest = await readFile(join(folder, 'sterna.json'), 'utf8');
  const hash = createHash('sha256').update(shard).digest('hex');
  await writeFile(join(folder, 'sterna.json'), manifest.replace(/[0-9a-f]{64}(?![\s\S]*[0-9a-f]{64})/, hash));
}

describe('inspect', () => {
  test('prints shapes, bits, bytes and GPU memory', async () => {
    const report = inspectionReport(await inspect(await goldenPack()));
    const lines = report.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
    expect(lines[0]).toBe(
      'a_h64_l2_lb: hidden size 64, 2 layers, 1 head, state size 64, intermediate size 256, vocabulary 97, lower bounds, untied head',
    );
    expect(lines).toContain('model.layers.{layer}.mlp.gate_proj.weight.codes  2 × [512, 64]  2 × 6,556');
    expect(lines).toContain('model.embeddings.weight  [97, 64]  24,832');
    // 2 layers of 4·64² + 3·64·256 weights and a head of 97·64; 13 matrices have a magnitude of 4 bytes each, and the
    // streams take 820·4 + 6,556 + 3,280 bytes a layer and 1,244 for the head.
    expect(lines).toContain('ternary  137,280  27,528  1.604');
    expect(lines).toContain('embedding  6,208  24,832  32.000');
  });

  test('counts GPU memory as the formulas say', () => {
    // Rows of up to 64 weights take four words; 4·20 + 2·6 + 20 rows in two layers, 9 in the head.
    const fields = { vocab_size: 9, hidden_size: 20, num_hidden_layers: 2, intermediate_size: 6 };
    const config = parseConfig({ model_type: 'hgrn_bit', ...fields }, 'config.json');
    const memory = gpuMemory(config, 'F16');
    expect(memory.ternary).toBe(4 * 4 * (2 * (4 * 20 + 2 * 6 + 20) + 9));
    expect(memory.embeddings).toBe(9 * 20 * 2);
    expect(memory.state).toBe(2 * 20 * 4);
    expect(gpuMemory(config, 'I8').embeddings).toBe(9 * 20 + 9 * 4);
  });

  test('finds a chat template that was not compiled', async () => {
    const folder = await goldenPack();
    await writeFile(join(folder, 'chat_template.jinja'), '{{ messages }}');
    await expect(inspect(folder)).rejects.toMatchObject({ name: 'TemplateError', file: 'chat_template.tree.json' });
    const tree = compileTemplate(undefined, '{{ messages }}');
    await writeFile(join(folder, 'chat_template.tree.json'), JSON.stringify(tree));
    await expect(inspect(folder)).resolves.toBeDefined();
    await writeFile(join(folder, 'chat_template.tree.json'), JSON.stringify({ ...tree, body: [] }));
    await expect(inspect(folder)).rejects.toBeInstanceOf(TemplateError);
  });

  test('finds a changed byte', async () => {
    const folder = await goldenPack();
    const shard = await readFile(join(folder, SHARD));
    shard[shard.length - 1] ^= 1;
    await writeFile(join(folder, SHARD), shard);
    await expect(inspect(folder)).rejects.toThrow(`${SHARD}: chunk 0: has another SHA-256 than the manifest names`);
  });

  test('finds bytes that are no codes, though their hash is right', async () => {
    const folder = await goldenPack();
    await forge(folder, (shard) => {
      const header = shard.subarray(8, 8 + shard.readUInt32LE(0)).toString();
      const entry = (JSON.parse(header) as Record<string, { data_offsets: number[] }>)['lm_head.weight.codes'];
      shard[8 + shard.readUInt32LE(0) + entry.data_offsets[0]] = 243;
    });
    await expect(inspect(folder)).rejects.toThrow(`${SHARD}: lm_head.weight.codes: holds bytes that are no codes`);
  });

  test('names what is missing, cut off or wrong', async () => {
    const folder = await goldenPack();
    await truncate(join(folder, SHARD), 100);
    await expect(inspect(folder)).rejects.toThrow(/model-00001-of-00001\.safetensors: has 100 bytes, not/);
    await rm(join(folder, SHARD));
    await expect(inspect(folder)).rejects.toThrow(/model-00001-of-00001\.safetensors: cannot be opened/);
    await writeFile(join(folder, 'config.json'), '{"model_type":"hgrn_bit"}');
    await expect(inspect(folder)).rejects.toThrow(ConfigError);
    await writeFile(join(folder, 'sterna.json'), '{"format":"sterna-pack"');
    await expect(inspect(folder)).rejects.toThrow(PackError);
    await rm(join(folder, 'sterna.json'));
    await expect(inspect(folder)).rejects.toThrow(/has no sterna\.json: it is no pack/);
  });
});
