import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { build } from 'vite';
import { Random } from '../tests/support/random';
import { tinyPack } from '../tests/support/tiny-pack';
import { seed } from './support/seed';
import { expect, test as base } from './support/site';
import { serveFolder } from './support/static-server';

const root = join(import.meta.dirname, '..');
const MODEL = 'models/sterna-chat-49m';
/** Packages that examples use beside Sterna's. */
const OTHERS = ['ai', 'openai'];

/** Examples name files from the root of their host. Without a policy of its own a host has the strictest. */
const test = base.extend<{ policy: string | undefined }>({
  policy: [undefined, { option: true }],
  site: async ({ folder, policy }, use) => {
    const headers = policy === undefined ? {} : { headers: { 'Content-Security-Policy': policy } };
    const site = await serveFolder(folder, { subPath: '/', ...headers });
    await use(site);
    await site.close();
  },
});

/** The examples of the documents that a page can run, by document. */
const documents = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => {
    const text = readFileSync(join(root, 'docs', name), 'utf8');
    return { name, examples: Array.from(text.matchAll(/```ts\n([\s\S]*?)```/g), ([, code]) => code) };
  })
  .filter(({ examples }) => examples.length > 0);

/** What a host has to allow for a grammar engine, by the document. */
const [, GRAMMAR_POLICY] =
  /^Content-Security-Policy: (.*)$/m.exec(readFileSync(join(root, 'docs/STRUCTURED.md'), 'utf8')) ?? [];

/** An example as a module of a page in which there is an engine. */
function moduleOf(example: string): string {
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const code = outputText.replaceAll(/ from '([^./'][^']*)'/g, (_, name: string) => {
    // A page without a bundler.
    if (OTHERS.includes(name)) return ` from '/packages/${name}.js'`;
    if (!/^sterna\b/.test(name)) throw new Error(`an example imports ${name}`);
    return ` from '/${name.replace('sterna/', '')}.js'`;
  });
  return `${code}\nexport {};\n`;
}

async function bundleOf(name: string, folder: string): Promise<void> {
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: folder,
      emptyOutDir: false,
      lib: { entry: join(root, 'node_modules', name), formats: ['es'], fileName: () => `packages/${name}.js` },
    },
  });
}

test.describe('the examples of the documents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sterna-examples-'));
  test.use({ folder });

  test.beforeAll(async () => {
    console.log(`seed ${seed}`);
    const { files } = await tinyPack(new Random(seed));
    mkdirSync(join(folder, MODEL), { recursive: true });
    for (const [name, bytes] of files) writeFileSync(join(folder, MODEL, name), bytes);
    for (const file of readdirSync(join(root, 'dist'))) {
      if (file.endsWith('.js')) cpSync(join(root, 'dist', file), join(folder, file));
    }
    mkdirSync(join(folder, 'scripts'));
    cpSync(join(root, 'dist/worker.js'), join(folder, 'scripts/worker.js'));
    cpSync(join(root, 'demo/public/icon.svg'), join(folder, 'icon.svg'));
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><html lang="en"><title>Examples</title><link rel="icon" href="icon.svg" /><body></body></html>',
    );
    const given = `
      import { createEngine } from '/sterna.js';
      import { xgrammar } from '/grammar.js';
      globalThis.engine = await createEngine({ model: '/${MODEL}/', grammar: xgrammar() });
    `;
    writeFileSync(join(folder, 'engine.js'), given);
    for (const { name, examples } of documents) {
      for (const [index, code] of examples.entries()) {
        writeFileSync(join(folder, `${name}-${index + 1}.js`), moduleOf(code));
      }
    }
    await Promise.all(OTHERS.map((name) => bundleOf(name, folder)));
  });

  test.afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  for (const { name, examples } of documents) {
    test.describe(() => {
      if (examples.some((code) => code.includes("'sterna/grammar'"))) test.use({ policy: GRAMMAR_POLICY });

      test(`docs/${name}: ${examples.length} run in a page`, async ({ page, site, faults }) => {
        await page.goto(site.url);
        const run = (file: string) => page.evaluate((path) => import(path) as Promise<unknown>, `/${file}`);
        if (examples.some((code) => !code.includes('const engine'))) await run('engine.js');
        for (const index of examples.keys()) await run(`${name}-${index + 1}.js`);
        // One asks for a pack that is not there.
        let others = faults.filter((text) => !text.includes('404'));
        // The package `ai` tries whether it may use eval, which the policy refuses in two messages.
        if (examples.some((code) => code.includes("'ai'"))) {
          others = others.filter((text) => !/refused eval$|^ Note that 'script-src'/.test(text));
        }
        faults.length = 0;
        expect(others).toEqual([]);
      });
    });
  }
});
