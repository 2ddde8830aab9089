import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { env, execPath, platform } from 'node:process';

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** An install was cut off if a package's folder changed after npm wrote its record of the tree, which it does last. */
function changedAfter(path, recordTime) {
  const TOLERANCE_MS = 1000;
  return statSync(path).mtimeMs > recordTime + TOLERANCE_MS;
}

/**
 * Why node_modules is not what package-lock.json asks for, in plain words; undefined when it is.
 * Compares the lock with npm's own record of the tree, and the record with the folders that are there.
 */
export function reasonToInstall(root) {
  const lock = readJson(join(root, 'package-lock.json'));
  if (lock?.packages === undefined) throw new Error(`${join(root, 'package-lock.json')}: missing or not JSON`);
  const recordPath = join(root, 'node_modules', '.package-lock.json');
  const record = readJson(recordPath);
  if (record?.packages === undefined) return 'node_modules is missing, or its install was cut off';
  const recordTime = statSync(recordPath).mtimeMs;

  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const recorded = record.packages[path];
    // npm leaves out optional packages that are not for this machine.
    if (recorded === undefined && (wanted.optional || wanted.devOptional || wanted.extraneous)) continue;
    if (recorded?.version !== wanted.version || recorded?.integrity !== wanted.integrity) {
      return `${path} is not at version ${wanted.version}`;
    }
    const folder = join(root, path);
    const manifest = readJson(join(folder, 'package.json'));
    if (manifest === undefined || manifest.version !== wanted.version) return `${path} is incomplete`;
    if (changedAfter(folder, recordTime)) return `${path} changed after the last complete install`;
  }
  return undefined;
}

/** Makes node_modules what package-lock.json says (`npm ci`), unless it is. Throws when npm fails. */
export function installDependencies(root) {
  const reason = reasonToInstall(root);
  if (reason === undefined) return;
  console.log(`Installing dependencies: ${reason}.`);
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const options = {
    cwd: root,
    stdio: 'inherit',
    // No package may fetch a browser while it installs: `npm test` looks for one itself, and says so.
    env: { ...env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  };
  const { status, error } = env.npm_execpath
    ? spawnSync(execPath, [env.npm_execpath, ...args], options)
    : spawnSync(platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, shell: platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error('npm ci failed; what it said is above');
}
