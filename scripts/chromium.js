import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env, platform } from 'node:process';

const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Chromium flags under which WebGPU runs without a GPU too (SwiftShader) and nothing reaches for the network. */
export const CHROMIUM_FLAGS = [
  '--enable-unsafe-webgpu',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Ubuntu's `chromium-browser` may be a script that only says where to get one: ask for the version. */
function answers(path) {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0;
}

/**
 * The Chromium to test with: CHROME_PATH, else one on the PATH, else undefined, which means Playwright's own.
 * On Windows the PATH is not searched: browsers are not on it.
 */
export function findChromium() {
  if (env.CHROME_PATH) {
    if (!existsSync(env.CHROME_PATH)) throw new Error(`CHROME_PATH: there is no file ${env.CHROME_PATH}`);
    return env.CHROME_PATH;
  }
  if (platform === 'win32') return undefined;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(answers);
}

/**
 * Playwright's launch options for that Chromium, used alike by the kernel tests and the whole-browser tests.
 * CHROMIUM_FLAGS adds flags, such as a machine's GPU may need, with spaces between.
 */
export function launchOptions() {
  const executablePath = findChromium();
  const added = (env.CHROMIUM_FLAGS ?? '').split(/\s+/).filter((flag) => flag !== '');
  return { args: [...CHROMIUM_FLAGS, ...added], ...(executablePath === undefined ? {} : { executablePath }) };
}
