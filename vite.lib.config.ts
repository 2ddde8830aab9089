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
  element: 'src/api/element/index.ts',
  'sterna-chat': 'src/api/element/sterna-chat.ts',
  'sterna-chat-panel': 'src/api/element/panel.ts',
  'sterna-chat-worker': 'src/api/element/chat-worker.ts',
};
/** The modules that say where a worker's file lies: its name in dist, and the function that they export. */
const WORKER_URLS = new Map([
  [join(root, 'src/api/worker-url.ts'), ['worker.js', 'workerUrl']],
  [join(root, 'src/api/element/chat-worker-url.ts'), ['sterna-chat-worker.js', 'chatWorkerUrl']],
  [join(root, 'src/api/grammar/worker-url.ts'), ['grammar-worker.js', 'grammarWorkerUrl']],
]);
/** The minifier has its own mind about quotation marks. */
const PLACE = /__STERNA_URL_OF__\(["'`]([\w.-]+)["'`]\)/g;

/** Names workers as files beside the library. The names stand in at the end, as Vite else would inline the files as assets. */
function nameWorkerFiles(): Plugin {
  return {
    name: 'name-worker-files',
    enforce: 'pre',
    load(id) {
      const [file, name] = WORKER_URLS.get(id) ?? [];
      // Turbopack has a URL there that is a path alone.
      return file && `export const ${name} = () => new URL(__STERNA_URL_OF__(${JSON.stringify(file)}), location.href);`;
    },
    generateBundle(_, bundle) {
      // One expression for another on the same line: the source map stays right but for that line's columns.
      for (const file of Object.values(bundle)) {
        // In the form that browsers and bundlers understand: these put the file, as it is, where they put assets.
        if (file.type === 'chunk') file.code = file.code.replace(PLACE, 'new URL("./$1", import.meta.url)');
      }
    },
  };
}

/**
 * Members that the template's and the tokenizer's library keep to themselves, in the runtime's worker: neither a browser nor a
 * file has such.
 */
const INTERNAL = /^(?:_[a-z]\w*|__bool__|evaluate[A-Z]\w*)$/;

/** Terser finds another 2% after the bundler's own minifier, which in turn finds what Terser alone does not. */
function minifyAgain(internal?: RegExp): Plugin {
  return {
    name: 'minify-again',
    async writeBundle({ dir = '' }, bundle) {
      for (const { fileName, type } of Object.values(bundle)) {
        if (type !== 'chunk') continue;
        const path = join(dir, fileName);
        const [script, content] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.map`, 'utf8')]);
        const sourceMap = { content, url: `${fileName}.map` };
        const mangle = internal === undefined || { properties: { regex: internal, keep_quoted: true } };
        const { code, map } = await minify(script, { module: true, ecma: 2020, mangle, sourceMap });
        if (code === undefined || typeof map !== 'string') this.error(`${fileName} was not minified`);
        await Promise.all([writeFile(path, code), writeFile(`${path}.map`, map)]);
      }
    },
  };
}

/**
 * What a file of dist takes from another one: a sub-path what it needs of the library, so that there is one class of each
 * error; and `<sterna-chat>` its panel, which comes when it is opened.
 */
const SHARED: Record<string, string> = {
  './index': './sterna.js',
  '../index': './sterna.js',
  './panel': './sterna-chat-panel.js',
};

function shareFiles(): Plugin {
  return {
    name: 'share-files',
    enforce: 'pre',
    resolveId: (id, importer) =>
      id in SHARED && importer !== undefined ? { id: SHARED[id], external: true } : undefined,
  };
}

/** The library: `--mode NAME` writes dist/NAME.js, whole in one file. */
export default defineConfig(({ mode }) => ({
  root,
  publicDir: false,
  plugins: [
    nameWorkerFiles(),
    shareFiles(),
    leanLibraries(),
    leanWgsl(),
    minifyAgain(mode === 'worker' ? INTERNAL : undefined),
  ],
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: false,
    target: 'es2022',
    // Style sheets stay as they are written: they say themselves what older browsers get.
    cssTarget: 'esnext',
    sourcemap: true,
    lib: {
      entry: join(root, ENTRIES[mode]),
      formats: ['es'],
      fileName: () => `${mode}.js`,
    },
    rolldownOptions: { output: { minify: true } },
  },
}));
