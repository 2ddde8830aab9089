import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './support/site';

const root = join(import.meta.dirname, '..');

/** Imports the library and all that it is made of but the worker's file, which is a program; says what came of it. */
const importing = (library: string, provider: string) => `
const before = new Set(Reflect.ownKeys(globalThis));
const modules = [await import(${JSON.stringify(library)}), await import(${JSON.stringify(provider)})];
const report = JSON.stringify({
  added: Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String),
  functions: modules.map(({ createEngine, sterna }) => typeof (createEngine ?? sterna)),
});`;
const NOTHING = { added: [], functions: ['function', 'function'] };

test('importing the package in Node does nothing but define what it exports', () => {
  const script = `${importing('sterna', 'sterna/ai-sdk')}\nconsole.log(report);`;
  // It ends by itself, as nothing is left running, and says nothing else.
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(JSON.parse(said)).toEqual(NOTHING);
});

test.describe('in a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sterna-imported-'));
  test.use({ folder });
  test.beforeAll(() => {
    for (const file of ['sterna.js', 'ai-sdk.js']) cpSync(join(root, 'dist', file), join(folder, file));
    writeFileSync(
      join(folder, 'main.js'),
      `${importing('./sterna.js', './ai-sdk.js')}\ndocument.querySelector('p').textContent = report;`,
    );
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><html lang="en"><head><title>Imports</title></head><body><p></p><script type="module" src="main.js"></script></body></html>',
    );
  });
  test.afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('importing it starts, fetches and stores nothing either', async ({ page, site }) => {
    await page.goto(site.url);
    await expect(page.locator('p')).not.toBeEmpty();
    expect(JSON.parse((await page.locator('p').textContent()) ?? '')).toEqual(NOTHING);
    expect(page.workers()).toEqual([]);
    expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
    expect(site.log.map(({ path }) => path).sort()).toEqual(['/', '/ai-sdk.js', '/main.js', '/sterna.js']);
  });
});
