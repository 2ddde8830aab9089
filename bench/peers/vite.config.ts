import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = join(import.meta.dirname, '../..');

/** The peers' page as a static site, their WebAssembly beside it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  appType: 'mpa',
  publicDir: false,
  worker: { format: 'es' },
  optimizeDeps: { noDiscovery: true },
  build: {
    outDir: join(root, 'dist/bench-peers'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
});
