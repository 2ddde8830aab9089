import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decodeTernary, encodeTernary } from '../../../src/model/ternary';
import { compileTemplate } from '../../../tools/compile-template';
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

/** The types of a tree's nodes, and the fields that each was seen with. */
function seenFields(node: unknown, seen = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (typeof node !== 'object' || node === null) return seen;
  // An operator has a type too, and means nothing by it.
  const { type, operator, ...fields } = node as { type?: string; operator?: { value: string } };
  if (type !== undefined) {
    const names = [...Object.keys(fields), ...(operator === undefined ? [] : ['operator'])];
    seen.set(type, new Set([...(seen.get(type) ?? []), ...names]));
  }
  for (const child of Object.values(fields)) seenFields(child, seen);
  return seen;
}

test("the format's nodes of a chat template are all that there are", async () => {
  const text = await readFile(document, 'utf8');
  const example = /^```json\n(\{\n {2}"version": 1,[\s\S]*?)```/m.exec(text)?.[1] ?? '';
  const source = /^is `(\{% for m in .*?)`\./m.exec(text)?.[1];
  expect(compileTemplate(undefined, source)).toEqual(JSON.parse(example));

  const rows = [...text.matchAll(/^\| (`[A-Z]\w+`(?:, `\w+`)*) \| (.*) \|$/gm)].flatMap(([, types, fields]) =>
    types.split(', ').map((type) => [type.slice(1, -1), fields] as const),
  );
  const documented = new Map(rows);
  const all = [
    '{% if a %}{% elif b %}{% else %}{% endif %}{% for a, b in c if d %}{% break %}{% continue %}{% else %}{% endfor %}',
    '{% set a = 1 %}{% set a %}x{% endset %}{% macro m(a, b=1) %}{% endmacro %}{% filter trim %}x{% endfilter %}',
    "{{ ['', 1, 1.5, (a, b), {'a': b}] }}{{ -a + b }}{{ a if b else c }}{{ a.b[c][1:2:3] }}{{ m(1, a=2, *b, **c) }}",
    '{{ a | b | c(d) }}{{ a is b }}{{ a is not b }}{{ a is b if c }}',
  ];
  const seen = seenFields(all.map((one) => compileTemplate(undefined, one)?.body));
  expect([...seen.keys()].sort()).toEqual([...documented.keys()].sort());
  for (const [type, fields] of seen) {
    for (const field of fields) expect(documented.get(type), `${type}: ${field}`).toContain(`\`${field}\``);
  }
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
