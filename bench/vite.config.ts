import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = join(import.meta.dirname, '..');

/** The benchmark's page as a static site. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  appType: 'mpa',
  publicDir: false,
  worker: { format: 'es' },
  build: {
    outDir: join(root, 'dist/bench/page'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
