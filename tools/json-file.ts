import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ErrorDetails, SternaError } from '../src/errors';
import { FILE_BYTES_LIMIT } from '../src/model/manifest';

/** A JSON file: its bytes as they are, and what they say. */
export interface JsonFile {
  name: string;
  bytes: Uint8Array;
  json: unknown;
}

/**
 * Reads a JSON file of at most 24 MiB; undefined if there is none.
 * @param ErrorClass thrown if it is larger, cannot be read or is not JSON.
 */
export async function readJsonFile(
  path: string,
  ErrorClass: new (reason: string, details: ErrorDetails) => SternaError,
): Promise<JsonFile | undefined> {
  const name = basename(path);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  if (!status.isFile()) throw new ErrorClass('is not a file', { file: name });
  if (status.size > FILE_BYTES_LIMIT) throw new ErrorClass(`is larger than ${FILE_BYTES_LIMIT} bytes`, { file: name });
  const bytes = new Uint8Array(await readFile(path));
  try {
    return { name, bytes, json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (cause) {
    throw new ErrorClass('is not JSON in UTF-8', { file: name, cause });
  }
}
