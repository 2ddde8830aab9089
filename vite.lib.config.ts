import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minify } from 'terser';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { leanLibraries } from './scripts/lean-libraries.js';
import { leanWgsl } from './scripts/lean-wgsl.js';

const root = import.meta.dirname;
/** What is built, by the name of its file in dist. */
const ENTRIES: Record<string, string> = {
  sterna: 'src/api/index.ts',
  worker: 'src/worker/worker.ts',
  'ai-sdk': 'src/api/ai-sdk/index.ts',
  grammar: 'src/api/grammar/index.ts',
  'grammar-worker': 'src/grammar/worker.ts',
  openai: 'src/api/openai-client/index.ts',
  'prompt-api': 'src/api/prompt-api/index.ts',
};
/** The sources that know where a worker lies, its file, and what stands for its address until the end. */
const WORKERS = [
  { source: 'src/api/worker-url.ts', file: './worker.js', place: '__STERNA_WORKER_URL__' },
  { source: 'src/api/grammar/worker-url.ts', file: './grammar-worker.js', place: '__STERNA_GRAMMAR_WORKER_URL__' },
];

/** Names a worker as a file beside the library. It stands in at the end, as Vite else would inline it as an asset. */
function nameWorkerFiles(): Plugin {
  return {
    name: 'name-worker-files',
    enforce: 'pre',
    load(id) {
      const worker = WORKERS.find(({ source }) => id === join(root, source));
      return worker && `export const workerUrl = () => ${worker.place};`;
    },
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const { file, place } of WORKERS) {
          // In the form that browsers and bundlers understand: these put the file, as it is, where they put assets. One
          // expression for another on the same line: the source map stays right but for that line's columns.
          chunk.code = chunk.code.replace(place, `new URL("${file}", import.meta.url)`);
        }
      }
    },
  };
}

/** Terser finds another 2% after the bundler's own minifier, which in turn finds what Terser alone does not. */
function minifyAgain(): Plugin {
  return {
    name: 'minify-again',
    async writeBundle({ dir = '' }, bundle) {
      for (const { fileName, type } of Object.values(bundle)) {
        if (type !== 'chunk') continue;
        const path = join(dir, fileName);
        const [script, content] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.map`, 'utf8')]);
        const sourceMap = { content, url: `${fileName}.map` };
        const { code, map } = await minify(script, { module: true, ecma: 2020, sourceMap });
        if (code === undefined || typeof map !== 'string') this.error(`${fileName} was not minified`);
        await Promise.all([writeFile(path, code), writeFile(`${path}.map`, map)]);
      }
    },
  };
}

/** A sub-path takes what it needs of the library from the library's own file: there is one class of each error. */
function shareLibrary(): Plugin {
  return {
    name: 'share-library',
    enforce: 'pre',
    resolveId: (id, importer) =>
      /^\.\.?\/index$/.test(id) && importer !== undefined ? { id: './sterna.js', external: true } : undefined,
  };
}

/** The library: `--mode NAME` writes dist/NAME.js, whole in one file. */
export default defineConfig(({ mode }) => ({
  root,
  publicDir: false,
  plugins: [nameWorkerFiles(), shareLibrary(), leanLibraries(), leanWgsl(), minifyAgain()],
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: false,
    target: 'es2022',
    sourcemap: true,
    lib: {
      entry: join(root, ENTRIES[mode]),
      formats: ['es'],
      fileName: () => `${mode}.js`,
    },
    rolldownOptions: { output: { minify: true } },
  },
}));
