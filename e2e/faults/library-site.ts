import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { buildOracleWorker } from './build-oracle-worker';
import { PackHost } from './pack-host';

const root = join(import.meta.dirname, '../..');

/** An empty page beside the built library and the worker whose models are oracles, and a second host on another origin. */
export interface LibrarySite {
  own: PackHost;
  foreign: PackHost;
}

export async function startLibrarySites(count: number): Promise<LibrarySite[]> {
  const oracle = readFileSync(await buildOracleWorker());
  const library = ['sterna.js', 'worker.js'].map((file) => [file, readFileSync(join(root, 'dist', file))] as const);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const [own, foreign] = await Promise.all([PackHost.start(), PackHost.start()]);
      const page = '<!doctype html><html lang="en"><title>Library</title></html>';
      own.pages.set('', { type: 'text/html', body: page });
      for (const [file, body] of [...library, ['oracle-worker.js', oracle] as const]) {
        own.pages.set(file, { type: 'text/javascript', body });
      }
      return { own, foreign };
    }),
  );
}

export async function openPage(context: BrowserContext, { url }: PackHost): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
