import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = join(import.meta.dirname, '..');

/** The command line as one file for Node, its dependencies bundled. */
export default defineConfig({
  root,
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: join(root, 'tools', 'cli.ts'),
    outDir: join(root, 'dist'),
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node20',
    rolldownOptions: { output: { entryFileNames: 'cli.js' } },
  },
});
