import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '../..');

/** The page with an engine that only pretends, for tests of the page itself. */
export const FAKE_SITE = join(root, 'test-results/fake-site');

export default async function buildFakeSite(): Promise<void> {
  await build({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    resolve: { alias: [{ find: '../src/api', replacement: join(root, 'e2e/fake/engine.ts') }] },
    build: { outDir: FAKE_SITE, emptyOutDir: true },
  });
}
