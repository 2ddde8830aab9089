import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PackError } from '../src/errors';

/**
 * Makes a folder all at once: `fill` writes into a temporary one beside it, which is renamed at the end and removed if
 * anything fails.
 * @throws PackError if the folder exists and is not empty, or is no folder.
 */
export async function createFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const target = resolve(folder);
  await checkFree(target, folder);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  const temporary = join(parent, `.${basename(target)}-${randomUUID()}`);
  await mkdir(temporary);
  try {
    await fill(temporary);
    // Some systems rename over an empty folder, some refuse.
    await rmdir(target).catch(() => undefined);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function checkFree(target: string, name: string): Promise<void> {
  const status = await stat(target).catch(() => undefined);
  if (status === undefined) return;
  if (!status.isDirectory()) throw new PackError('is there already and is not a folder', { file: name });
  if ((await readdir(target)).length > 0) {
    throw new PackError('is there already and is not empty: remove it or name another folder', { file: name });
  }
}
