import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '../..');

/** Builds the worker whose models are oracles; the path of its file. */
export async function buildOracleWorker(): Promise<string> {
  const outDir = join(root, 'test-results/oracle-worker');
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir,
      target: 'es2022',
      lib: { entry: join(root, 'e2e/faults/oracle-worker.ts'), formats: ['es'], fileName: () => 'oracle-worker.js' },
    },
  });
  return join(outDir, 'oracle-worker.js');
}
