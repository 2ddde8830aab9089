import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './support/site';

const root = join(import.meta.dirname, '..');

/** Imports the library and all that it is made of but the worker's file, which is a program; says what came of it. */
const importing = (...modules: string[]) => `
const before = new Set(Reflect.ownKeys(globalThis));
const modules = await Promise.all(${JSON.stringify(modules)}.map((name) => import(name)));
const report = JSON.stringify({
  added: Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String),
  functions: modules.map(({ createEngine, sterna, installLanguageModel, defineSternaChat }) =>
    typeof (createEngine ?? sterna ?? installLanguageModel ?? defineSternaChat)),
  isDefined: globalThis.customElements?.get('sterna-chat') !== undefined,
});`;
const NOTHING = { added: [], functions: ['function', 'function', 'function', 'function'], isDefined: false };

const COPY = { recursive: true, dereference: true };
const STRICT = {
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
  lib: ['es2023', 'es2024.arraybuffer', 'dom', 'dom.iterable'],
  types: [],
};

test('importing the package in Node does nothing but define what it exports', () => {
  const script = `${importing('sterna', 'sterna/ai-sdk', 'sterna/prompt-api', 'sterna/element')}\nconsole.log(report);`;
  // It ends by itself, as nothing is left running, and says nothing else.
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(JSON.parse(said)).toEqual(NOTHING);
});

for (const [module, moduleResolution] of [
  ['NodeNext', 'NodeNext'],
  ['ESNext', 'bundler'],
]) {
  test(`the types hold in an app that checks all of them, by ${moduleResolution} resolution`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sterna-typed-'));
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object>;
    // @ai-sdk/provider names the last one in its own types, without depending on it.
    const installed = [...Object.keys(dependencies), '@ai-sdk/provider', '@types/json-schema'];
    for (const name of installed) cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), COPY);
    for (const path of ['package.json', 'dist/types'])
      cpSync(join(root, path), join(folder, 'node_modules/sterna', path), COPY);
    const compilerOptions = { ...STRICT, module, moduleResolution };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    writeFileSync(
      join(folder, 'main.ts'),
      `import { createEngine, type Engine } from 'sterna';
       import { sterna } from 'sterna/ai-sdk';
       import { defineSternaChat, type SternaChat } from 'sterna/element';
       import { defineLanguageModel, type LanguageModelClass } from 'sterna/prompt-api';
       const engine: Engine = await createEngine({ model: '/pack/' });
       const id: string = sterna(engine).modelId;
       const LanguageModel: LanguageModelClass = defineLanguageModel({ model: '/pack/' });
       const answer: string = await (await LanguageModel.create()).prompt(id);
       defineSternaChat();
       const chat: SternaChat = document.createElement('sterna-chat');
       await chat.open();
       // @ts-expect-error: nor is this.
       chat.open().length;
       // @ts-expect-error: what is imported is not of type any.
       engine.chat.completions.create(answer);`,
    );
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stdout).toBe('');
  });
}

test.describe('in a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sterna-imported-'));
  test.use({ folder });
  test.beforeAll(() => {
    for (const file of ['sterna.js', 'ai-sdk.js', 'prompt-api.js', 'element.js'])
      cpSync(join(root, 'dist', file), join(folder, file));
    writeFileSync(
      join(folder, 'main.js'),
      `${importing('./sterna.js', './ai-sdk.js', './prompt-api.js', './element.js')}\ndocument.querySelector('p').textContent = report;`,
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
    expect(site.log.map(({ path }) => path).sort()).toEqual([
      '/',
      '/ai-sdk.js',
      '/element.js',
      '/main.js',
      '/prompt-api.js',
      '/sterna.js',
    ]);
  });
});
