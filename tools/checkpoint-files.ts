import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { CheckpointError } from '../src/errors';
import { validate } from '../src/model/validate';
import { readJsonFile } from './json-file';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';

const fileName = v.pipe(
  v.string(),
  v.regex(/^[\w-][\w.-]*\.safetensors$/, 'must name a safetensors file of the folder'),
);
const schema = v.object({ weight_map: v.record(v.string(), fileName) });

/** The safetensors files of a checkpoint. */
export interface CheckpointFiles {
  names: string[];
  /** Which file the index puts each tensor in; undefined where a single file needs no index. */
  index: { name: string; fileOf: ReadonlyMap<string, string> } | undefined;
}

/**
 * Finds `model.safetensors`, or else the shards that `model.safetensors.index.json` lists.
 * @throws CheckpointError if there is neither, or the index is wrong.
 */
export async function findCheckpointFiles(folder: string): Promise<CheckpointFiles> {
  if ((await stat(join(folder, SINGLE_FILE)).catch(() => undefined)) !== undefined) {
    return { names: [SINGLE_FILE], index: undefined };
  }
  const file = await readJsonFile(join(folder, INDEX_FILE), CheckpointError);
  if (file === undefined) {
    throw new CheckpointError(`has neither ${SINGLE_FILE} nor ${INDEX_FILE}`, { file: folder });
  }
  const fileOf = new Map(Object.entries(validate(schema, file.json, INDEX_FILE, CheckpointError).weight_map));
  return { names: [...new Set(fileOf.values())].sort(), index: { name: INDEX_FILE, fileOf } };
}
