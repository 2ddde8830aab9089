import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../../src/model/config';
import { checkpointShapes } from '../../../tools/checkpoint-shapes';
import { convert } from '../../../tools/convert';
import { temporaryFolder } from '../../support/temporary-folder';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = join(root, 'bin', 'sterna.js');
const golden = join(root, 'tests', 'fixtures', 'goldens', 'd_h64_l3_tied');
const MEBIBYTE = 1024 * 1024;

function sterna(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A checkpoint of zeros in BF16, most of it a hole in the file that takes no room on disk. Returns its weights' bytes. */
async function writeHollowCheckpoint(folder: string, fields: Record<string, number>): Promise<number> {
  const json = { model_type: 'hgrn_bit', ...fields };
  const header: Record<string, unknown> = {};
  let begin = 0;
  for (const [name, shape] of checkpointShapes(parseConfig(json, 'config.json'))) {
    const end = begin + 2 * shape.reduce((product, length) => product * length, 1);
    header[name] = { dtype: 'BF16', shape, data_offsets: [begin, end] };
    begin = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await mkdir(folder);
  await writeFile(join(folder, 'config.json'), JSON.stringify(json));
  const file = await open(join(folder, 'model.safetensors'), 'w');
  await file.write(Buffer.concat([length, text]));
  await file.truncate(8 + text.length + begin);
  await file.close();
  return begin;
}

describe('sterna', () => {
  // The first start builds the program.
  beforeAll(() => {
    expect(sterna('--help')).toMatchObject({ status: 0, stderr: '' });
  });

  test('converts and inspects', async () => {
    const pack = join(await temporaryFolder(), 'new', 'pack');
    const converted = sterna('convert', golden, pack, '--embeddings', 'int8', '--name', 'tied one');
    expect(converted.status).toBe(0);
    expect(converted.stderr).toMatch(/^Warning: There is no tokenizer\.json.*\n(converting: \d+%, .*\n)+$/);
    expect(converted.stderr).toContain('converting: 100%');
    expect(converted.stdout).toMatch(
      /^Embeddings in int8: the error is \d\.\d+% of .*, and \d\.\d+% at most\.\nWrote /,
    );
    const inspected = sterna('inspect', pack);
    expect(inspected).toMatchObject({ status: 0, stderr: '' });
    expect(inspected.stdout).toMatch(/^tied one: hidden size 64, 3 layers, 2 heads, .*tied head\n/);
  });

  test.each<[string[], string]>([
    [['frobnicate'], 'there is no command frobnicate'],
    [['convert', golden], 'convert takes CHECKPOINT_DIR and PACK_DIR'],
    [['convert', golden, '/tmp/x', '--embeddings', 'int4'], '--embeddings is keep or int8, not int4'],
    [['convert', golden, '/tmp/x', '--frobnicate'], "Unknown option '--frobnicate'"],
    [['inspect'], 'inspect takes PACK_DIR'],
    [['inspect', golden], 'has no sterna.json: it is no pack'],
    [['serve'], 'serve takes PACK_DIR'],
    [['serve', golden], 'has no sterna.json: it is no pack'],
    [['serve', golden, '--port', 'http'], '--port is a number from 0 to 65535, not http'],
    [['convert', join(root, 'docs'), '/tmp/x'], 'has no config.json: it is no checkpoint folder'],
  ])('answers %j with one sentence and status 1', (args, message) => {
    const { status, stdout, stderr } = sterna(...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^sterna: .*\n$/);
    expect(stderr).toContain(message);
  });

  test('converts 470 MB in a fraction of that memory', async () => {
    const folder = await temporaryFolder();
    const checkpoint = join(folder, 'checkpoint');
    const bytes = await writeHollowCheckpoint(checkpoint, {
      vocab_size: 32_000,
      hidden_size: 2048,
      num_hidden_layers: 2,
    });
    expect(bytes).toBeGreaterThan(440 * MEBIBYTE);
    const script = `
      const { main } = await import(${JSON.stringify(pathToFileURL(join(root, 'dist', 'cli.js')).href)});
      process.exitCode = await main(['convert', ...process.argv.slice(1)]);
      console.log(JSON.stringify({ kibibytes: process.resourceUsage().maxRSS }));`;
    const flags = ['--max-old-space-size=64', '--input-type=module', '--eval', script];
    const { status, stdout } = spawnSync(process.execPath, [...flags, checkpoint, join(folder, 'pack')], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const { kibibytes } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { kibibytes: number };
    expect(kibibytes * 1024).toBeLessThan(250 * MEBIBYTE);
    const manifest = await readFile(join(folder, 'pack', 'sterna.json'), 'utf8');
    expect(manifest).toContain('"embeddings": "BF16"');
  });

  test.skipIf(process.platform === 'win32')('leaves nothing behind when it is interrupted', async () => {
    const folder = await temporaryFolder();
    await writeHollowCheckpoint(join(folder, 'checkpoint'), {
      vocab_size: 32_000,
      hidden_size: 1024,
      num_hidden_layers: 8,
    });
    const child = spawn(process.execPath, [program, 'convert', join(folder, 'checkpoint'), join(folder, 'pack')]);
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      const started = said.includes('converting:');
      said += data.toString();
      if (!started && said.includes('converting:')) child.kill('SIGINT');
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(said).toContain('sterna: stopped; nothing was left behind.');
    expect(status).toBe(130);
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });

  test.skipIf(process.platform === 'win32')('serves a pack, says where, and ends at Ctrl-C', async () => {
    const pack = join(await temporaryFolder(), 'pack');
    await convert(golden, pack, { name: 'tied one' });
    const child = spawn(process.execPath, [program, 'serve', pack, '--port', '0']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'close');
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /^tied one is served at (http:\/\/localhost:\d+\/) until Ctrl-C\.\n$/.exec(said.toString())?.[1];
    expect((await fetch(`${url}sterna.json`)).status).toBe(200);
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});
