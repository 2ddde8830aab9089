import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { build, createServer } from 'vite';
import webpack from 'webpack';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';
import { serveFolder } from './support/static-server';
import { tinyApp } from './support/tiny-app';
import type { TinyApp } from './support/tiny-app';

const SECONDS = 1000;
/** It says which policies an app can have. */
const DOCUMENT = readFileSync(join(import.meta.dirname, '../docs/BUNDLERS.md'), 'utf8');

function under(policy: string | undefined) {
  if (policy === undefined) throw new Error('docs/BUNDLERS.md names no such policy');
  return { headers: { 'Content-Security-Policy': policy } };
}

/** Opens the app and waits for its answer, whose worker has to be of the page's own origin: its storage is the page's. */
async function expectAnswer(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.locator('#answer')).toHaveText(/^tiny: [1-4] tokens, true$/, { timeout: 60 * SECONDS });
  const stores = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(stores).toContain('sterna');
  // It has files of its own, and finds in storage what the app has loaded.
  const panel = new ChatPanel(page, 'Chat');
  await panel.launcher.click();
  await panel.ready();
}

async function withVite(folder: string, assetsInlineLimit?: number): Promise<string> {
  const outDir = join(folder, 'dist');
  const options = assetsInlineLimit === undefined ? {} : { assetsInlineLimit };
  await build({ root: folder, base: './', configFile: false, logLevel: 'warn', build: { outDir, ...options } });
  return outDir;
}

async function withWebpack(
  folder: string,
  mode: 'development' | 'production',
  { entry = './main.js', target = 'web' } = {},
): Promise<string> {
  const outDir = join(folder, 'dist');
  const compiler = webpack({
    mode,
    target,
    context: folder,
    entry,
    output: { path: outDir },
    performance: { hints: false },
    // webpack's own default for development makes code of strings, which the policy refuses.
    devtool: mode === 'development' ? 'source-map' : false,
  });
  await new Promise<void>((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error !== null) reject(error);
      else if (stats === undefined || stats.hasErrors() || stats.hasWarnings())
        reject(new Error(stats?.toString() ?? 'no stats'));
      else resolve();
    });
  });
  await cp(join(folder, 'index.html'), join(outDir, 'index.html'));
  await cp(join(folder, 'public'), outDir, { recursive: true });
  return outDir;
}

test.describe('the package in an app', () => {
  let app: TinyApp;
  test.setTimeout(90 * SECONDS);
  test.beforeEach(async () => {
    app = await tinyApp();
  });
  test.afterEach(() => app.remove());

  test('by Vite, while it is worked on', async ({ page }) => {
    const server = await createServer({ root: app.folder, configFile: false, logLevel: 'warn', server: { port: 0 } });
    try {
      await server.listen();
      const [url] = server.resolvedUrls?.local ?? [];
      await expectAnswer(page, url);
    } finally {
      await server.close();
    }
  });

  test('by Vite, built', async ({ page }) => {
    const outDir = await withVite(app.folder);
    const files = await readdir(join(outDir, 'assets'));
    expect(files.filter((name) => name.startsWith('worker'))).toHaveLength(1);
    const site = await serveFolder(outDir);
    await expectAnswer(page, site.url);
    await site.close();
  });

  for (const mode of ['development', 'production'] as const) {
    test(`by webpack, for ${mode}`, async ({ page }) => {
      const site = await serveFolder(await withWebpack(app.folder, mode));
      await expectAnswer(page, site.url);
      await site.close();
    });
  }

  test('by webpack, for a server, where it does nothing', async () => {
    const outDir = await withWebpack(app.folder, 'development', { entry: './server.js', target: 'node' });
    // It ends by itself, as nothing is left running.
    const said = execFileSync(process.execPath, [join(outDir, 'main.js')], {
      encoding: 'utf8',
      timeout: 30 * SECONDS,
    });
    expect(said).toBe('function function function\n');
  });

  test('by Vite, told to put every asset into the code', async ({ page }) => {
    const outDir = await withVite(app.folder, Infinity);
    const policy = /`(script-src 'self' data:.*)`/.exec(DOCUMENT)?.[1];
    const site = await serveFolder(outDir, under(policy && `default-src 'self'; ${policy}`));
    await expectAnswer(page, site.url);
    expect(site.log.filter(({ path }) => path.includes('worker'))).toEqual([]);
    await site.close();
  });

  test('from a CDN, without a bundler', async ({ page }) => {
    const cdn = await serveFolder(join(app.folder, 'node_modules/sterna/dist'), {
      headers: { 'Access-Control-Allow-Origin': '*' },
    });
    const main = join(app.folder, 'main.js');
    const code = await readFile(main, 'utf8');
    await writeFile(
      main,
      code.replace("'sterna'", `'${cdn.url}sterna.js'`).replace(/'sterna\/([\w-]+)'/g, `'${cdn.url}$1.js'`),
    );
    await cp(join(app.folder, 'public'), app.folder, { recursive: true });
    const policy = /Content-Security-Policy: (.*https:\/\/cdn\.example)$/m.exec(DOCUMENT)?.[1];
    const site = await serveFolder(
      app.folder,
      under(policy?.replaceAll('https://cdn.example', new URL(cdn.url).origin)),
    );
    await expectAnswer(page, site.url);
    expect(cdn.log.map(({ path }) => path)).toContain('/worker.js');
    await site.close();
    await cdn.close();
  });
});
