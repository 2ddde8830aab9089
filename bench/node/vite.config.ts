import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = join(import.meta.dirname, '../..');

/** With a plus where files differ from the commit; empty outside a clone. */
function sourceCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no', 'src', 'bench') !== '';
    return git('rev-parse', 'HEAD') + (isChanged ? '+' : '');
  } catch {
    return '';
  }
}

/** The benchmark's command line for Node: with all but Playwright in it. */
export default defineConfig({
  root,
  define: { SOURCE_COMMIT: JSON.stringify(sourceCommit()) },
  ssr: { noExternal: true, external: ['@playwright/test'], target: 'node' },
  build: {
    ssr: true,
    outDir: join(root, 'dist/bench/node'),
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'node20',
    rolldownOptions: {
      input: ['run', 'synthesise'].map((name) => join(import.meta.dirname, `${name}.ts`)),
      output: { entryFileNames: '[name].js' },
    },
  },
});
