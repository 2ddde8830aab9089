import { join } from 'node:path';
import { PackError } from '../src/errors';
import { MANIFEST_FILE, parseManifest } from '../src/model/manifest';
import type { Manifest } from '../src/model/manifest';
import { readJsonFile } from './json-file';

/** The manifest of the pack in a folder. @throws PackError if there is none, or it is not right. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = await readJsonFile(join(folder, MANIFEST_FILE), PackError);
  if (file === undefined) throw new PackError(`has no ${MANIFEST_FILE}: it is no pack`, { file: folder });
  return parseManifest(file.json, MANIFEST_FILE);
}
