#!/usr/bin/env node
/** Starts the command line. In a clone it is built from tools/ first, unless the build is newer than every source. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const built = join(root, 'dist', 'cli.js');

function newestSource() {
  const folders = [join(root, 'tools'), join(root, 'src')];
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)));
  return Math.max(...files.map((path) => statSync(path).mtimeMs));
}

// A published package holds the build and no sources.
const inClone = existsSync(join(root, 'tools', 'cli.ts'));
if (inClone && !(existsSync(built) && statSync(built).mtimeMs > newestSource())) {
  const { build } = await import('vite');
  await build({ configFile: join(root, 'tools', 'vite.config.ts'), logLevel: 'error' });
}
const { main } = await import(built);
process.exitCode = await main(process.argv.slice(2));
