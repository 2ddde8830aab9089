import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decodeTernary, encodeTernary } from '../../../src/model/ternary';
import { convert } from '../../../tools/convert';
import { fixtureGolden } from '../../support/goldens';
import { temporaryFolder } from '../../support/temporary-folder';

const GOLDEN = 'd_h64_l3_tied';
const checkpoint = fileURLToPath(new URL(`../../fixtures/goldens/${GOLDEN}`, import.meta.url));
const document = fileURLToPath(new URL('../../../docs/PACK.md', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

test("the format's worked example is true", async () => {
  const text = await readFile(document, 'utf8');
  const stream = /^stream {3}((?:[0-9a-f]{2} ){4})/m.exec(text)?.[1] ?? '';
  const bytes = Uint8Array.from(stream.trim().split(' '), (byte) => parseInt(byte, 16));
  const codes = Int8Array.of(1, -1, 0, 1, -1, -1, 1);
  expect(text).toContain('codes    1  -1   0   1  -1 |  -1   1\n');
  expect(decodeTernary(bytes, 7)).toEqual(codes);
  expect(encodeTernary(codes)).toEqual(bytes);
});

test.skipIf(!hasPython)("the format's reader in Python reads a pack", async () => {
  const folder = join(await temporaryFolder(), 'pack');
  await convert(checkpoint, folder);
  const program = /```python\n([\s\S]*?)```/.exec(await readFile(document, 'utf8'))?.[1] ?? '';
  const { stdout, stderr } = spawnSync('python3', ['-', folder], { input: program, encoding: 'utf8' });
  expect(stderr).toBe('');
  const golden = await fixtureGolden(GOLDEN);
  const [, tensors, magnitude, codes] = /(\d+) tensors; lm_head: (\S+) \[(.*)\]/.exec(stdout) ?? [];
  // 6 tensors beside the layers, 21 in each.
  expect(Number(tensors)).toBe(6 + 21 * 3);
  expect(Number(magnitude) * golden.floats('w.lm_head.scale')[0]).toBeCloseTo(1, 6);
  expect(codes.split(', ').map(Number)).toEqual([...golden.bytes('w.lm_head.ternary').subarray(0, 10)]);
});
