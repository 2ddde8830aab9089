import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../..', name), 'utf8');
const readme = read('README.md');

it('README.md: speeds are those of docs/PERFORMANCE.md', () => {
  const speeds = readme.match(/\b\d{1,3}(?:,\d{3})+\b/g) ?? [];
  expect(speeds.length).toBeGreaterThanOrEqual(3);
  const measured = new Set(read('docs/PERFORMANCE.md').match(/\b\d{1,3}(?:,\d{3})+\b/g));
  expect(speeds.filter((speed) => !measured.has(speed))).toEqual([]);
});

it('README.md: the size is the limit that the build is held to', () => {
  const { 'size-limit': limits } = JSON.parse(read('package.json')) as {
    'size-limit': { name: string; limit: string }[];
  };
  const limit = limits.find(({ name }) => name === 'the library and its worker')?.limit;
  expect(/held under (\d+ kB)/.exec(readme)?.[1]).toBe(limit?.replace('KB', 'kB'));
});
