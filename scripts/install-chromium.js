import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { env, execPath, getuid, platform } from 'node:process';
import { findChromium, launchOptions } from './chromium.js';

const HELP = `No Chromium to test with was found, and none could be installed. Any one of these helps:
  - set CHROME_PATH to the executable of a Chromium, Chrome or Edge of version 113 or later;
  - with a network: npx playwright install --with-deps --only-shell chromium
  - on Debian, as root: apt-get install chromium-headless-shell`;

function run(command, args, extraEnvironment = {}) {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...env, ...extraEnvironment } }).status === 0;
}

/** Starts and ends the browser that the tests will use; the reason as text if it does not start. */
async function reasonItDoesNotStart() {
  const { chromium } = await import('@playwright/test');
  try {
    const browser = await chromium.launch(launchOptions());
    await browser.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function downloadPlaywrights(root) {
  const skip = env.PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD ?? '';
  if (!['', '0', 'false'].includes(skip)) return;
  console.log("No Chromium here: trying Playwright's own.");
  const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  run(execPath, [cli, 'install', '--only-shell', 'chromium'], { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' });
}

function installDebians() {
  if (platform !== 'linux' || getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log("No Chromium here: trying Debian's package chromium-headless-shell.");
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  run('apt-get', [...wait, 'update'], quiet);
  run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', 'chromium-headless-shell'], quiet);
}

/**
 * Makes sure that the tests have a Chromium that starts: CHROME_PATH, else one on the PATH, else Playwright's own
 * (downloaded unless PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD forbids), else Debian's package. Throws with advice otherwise.
 */
export async function installChromium(root) {
  const given = findChromium();
  let reason = await reasonItDoesNotStart();
  if (reason === undefined) return;
  if (given !== undefined) throw new Error(`${given} does not start:\n${reason}\n\n${HELP}`);
  for (const attempt of [downloadPlaywrights, installDebians]) {
    attempt(root);
    reason = await reasonItDoesNotStart();
    if (reason === undefined) return;
  }
  throw new Error(`${HELP}\n\nThe last attempt said:\n${reason}`);
}
