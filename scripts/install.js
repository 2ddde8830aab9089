/**
 * Runs before `npm start` and `npm test`, when node_modules may not exist: imports nothing but Node's own modules.
 * `--chromium` also makes sure that there is a browser to test with.
 */
import { join } from 'node:path';
import { argv, exit, version } from 'node:process';
import { installDependencies } from './dependencies.js';
import { installChromium } from './install-chromium.js';

try {
  const [major, minor] = version.slice(1).split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node.js 20.19 or later is needed; this is ${version}`);
  const root = join(import.meta.dirname, '..');
  installDependencies(root);
  if (argv.includes('--chromium')) await installChromium(root);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
}
