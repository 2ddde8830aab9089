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
  'prompt-api': 'src/api/prompt-api/index.ts',
};
/** In the form that browsers and bundlers understand: these put the file, as it is, where they put assets. */
const WORKER_URL = 'new URL("./worker.js", import.meta.url)';
const PLACE = '__STERNA_WORKER_URL__';

/** Names the worker as the file beside the library. It stands in at the end, as Vite else would inline it as an asset. */
function nameWorkerFile(): Plugin {
  const source = join(root, 'src/api/worker-url.ts');
  return {
    name: 'name-worker-file',
    enforce: 'pre',
    load: (id) => (id === source ? `export const workerUrl = () => ${PLACE};` : undefined),
    generateBundle(_, bundle) {
      // One expression for another on the same line: the source map stays right but for that line's columns.
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.code = file.code.replace(PLACE, WORKER_URL);
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
      id === '../index' && importer !== undefined ? { id: './sterna.js', external: true } : undefined,
  };
}

/** The library: `--mode NAME` writes dist/NAME.js, whole in one file. */
export default defineConfig(({ mode }) => ({
  root,
  publicDir: false,
  plugins: [nameWorkerFile(), shareLibrary(), leanLibraries(), leanWgsl(), minifyAgain()],
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
