import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { build, createServer } from 'vite';
import type { BuildOptions, Plugin } from 'vite';
import webpack from 'webpack';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';
import { serveFolder } from './support/static-server';
import { tinyApp } from './support/tiny-app';
import type { TinyApp } from './support/tiny-app';

const SECONDS = 1000;
/** They say which policies an app can have. */
const DOCUMENT = readFileSync(join(import.meta.dirname, '../docs/BUNDLERS.md'), 'utf8');
const STRUCTURED = readFileSync(join(import.meta.dirname, '../docs/STRUCTURED.md'), 'utf8');
const WITH_GRAMMAR = /^Content-Security-Policy: (.*)$/m.exec(STRUCTURED)?.[1];

function under(policy: string | undefined) {
  if (policy === undefined) throw new Error('the documents name no such policy');
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

/** Waits for the answer that is held to a form, with the grammar engine's worker. */
async function expectForm(page: Page): Promise<void> {
  await expect(page.locator('#formed')).toHaveText('true', { timeout: 30 * SECONDS });
}

async function withVite(folder: string, options: BuildOptions = {}, plugins: Plugin[] = []): Promise<string> {
  const outDir = join(folder, 'dist');
  await build({
    root: folder,
    base: './',
    configFile: false,
    logLevel: 'warn',
    plugins,
    build: { outDir, ...options },
  });
  return outDir;
}

/** Makes the URLs of assets what Turbopack makes them: URLs that say their paths alone, and no origin. */
const urlsAsPaths: Plugin = {
  name: 'urls-as-paths',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('node_modules/sterna')) return undefined;
    const path = `class PathUrl extends URL {
      get href() { return this.pathname; }
      get origin() { return ''; }
      get protocol() { return ''; }
      toString() { return this.pathname; }
      toJSON() { return this.pathname; }
    }`;
    return `${path}\n${code.replace(/new URL\("[^"]+",import\.meta\.url\)/g, 'new PathUrl($&)')}`;
  },
};

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
      await expectForm(page);
    } finally {
      await server.close();
    }
  });

  test('by Vite, built', async ({ page }) => {
    const outDir = await withVite(app.folder);
    const files = await readdir(join(outDir, 'assets'));
    expect(files.filter((name) => name.startsWith('worker'))).toHaveLength(1);
    const site = await serveFolder(outDir, under(WITH_GRAMMAR));
    await expectAnswer(page, site.url);
    await expectForm(page);
    await site.close();
    const strict = await serveFolder(outDir);
    await expectAnswer(page, strict.url);
    await expect(page.locator('#formed')).toHaveText(/^WorkerError: .*WebAssembly.*docs\/STRUCTURED\.md/, {
      timeout: 30 * SECONDS,
    });
    await strict.close();
  });

  for (const mode of ['development', 'production'] as const) {
    test(`by webpack, for ${mode}`, async ({ page }) => {
      const site = await serveFolder(await withWebpack(app.folder, mode), under(WITH_GRAMMAR));
      await expectAnswer(page, site.url);
      await expectForm(page);
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
    expect(said).toBe('function function function function object\n');
  });

  test('by Vite, told to put every asset into the code', async ({ page }) => {
    const outDir = await withVite(app.folder, { assetsInlineLimit: Infinity });
    const policy = /`(script-src 'self' data:.*)`/.exec(DOCUMENT)?.[1];
    const site = await serveFolder(outDir, under(policy && `default-src 'self'; ${policy}`));
    await expectAnswer(page, site.url);
    expect(site.log.filter(({ path }) => path.includes('worker'))).toEqual([]);
    await site.close();
  });

  test('by a bundler that has paths for URLs, as Turbopack does', async ({ page }) => {
    const site = await serveFolder(await withVite(app.folder, {}, [urlsAsPaths]), under(WITH_GRAMMAR));
    await expectAnswer(page, site.url);
    await expectForm(page);
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
      under(
        policy
          ?.replaceAll('https://cdn.example', new URL(cdn.url).origin)
          .replace('script-src', "script-src 'wasm-unsafe-eval'"),
      ),
    );
    await expectAnswer(page, site.url);
    await expectForm(page);
    expect(cdn.log.map(({ path }) => path)).toEqual(expect.arrayContaining(['/worker.js', '/grammar-worker.js']));
    await site.close();
    await cdn.close();
  });
});
