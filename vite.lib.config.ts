import { join } from 'node:path';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { leanWgsl } from './scripts/lean-wgsl.js';

const root = import.meta.dirname;
/** How src/api/spawn-worker.ts starts the worker, and how the built library does. */
const IN_SOURCE = "new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' })";
const BUILT = 'new Worker(new URL("./worker.js", import.meta.url), { type: "module" })';
const PLACE = '__STERNA_WORKER__';

/**
 * Keeps Vite from building the worker into the library's own file: the built library names the file beside it, in the
 * one form that browsers and all bundlers understand.
 */
function nameWorkerFile(): Plugin {
  // One expression for another on the same line: the source map stays right but for that line's columns.
  return {
    name: 'name-worker-file',
    enforce: 'pre',
    transform: (code) => (code.includes(IN_SOURCE) ? { code: code.replace(IN_SOURCE, PLACE), map: null } : undefined),
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk' || !file.isEntry || file.fileName === 'worker.js') continue;
        if (!file.code.includes(PLACE))
          this.error(`${file.fileName} starts no worker in the form of vite.lib.config.ts`);
        file.code = file.code.replace(PLACE, BUILT);
      }
    },
  };
}

/** The library: `--mode sterna` writes dist/sterna.js and `--mode worker` dist/worker.js, each whole in one file. */
export default defineConfig(({ mode }) => ({
  root,
  publicDir: false,
  plugins: [nameWorkerFile(), leanWgsl()],
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: false,
    target: 'es2022',
    sourcemap: true,
    lib: {
      entry: join(root, mode === 'worker' ? 'src/worker/worker.ts' : 'src/api/index.ts'),
      formats: ['es'],
      fileName: () => `${mode}.js`,
    },
    rolldownOptions: { output: { minify: true } },
  },
}));
