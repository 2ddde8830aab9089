import * as v from 'valibot';
import { PackError } from '../errors';
import type { EmbeddingType } from './tensors';
import { validate } from './validate';

/** Name of the manifest inside a pack's folder. */
export const MANIFEST_FILE = 'sterna.json';
/** The version of the pack format that this code reads and writes. */
export const PACK_VERSION = 1;
/** Bytes of one chunk: what is fetched, hashed, stored and uploaded at once. */
export const CHUNK_BYTES = 8 * 1024 * 1024;
/** No file of a pack is larger: some static hosts stop at 25 MB. */
export const FILE_BYTES_LIMIT = 24 * 1024 * 1024;
/** Bytes before a shard's data are at most this many. */
export const SHARD_HEADER_LIMIT = 1024 * 1024;

/** One file of a pack. */
export interface PackFile {
  /** A plain file name in the pack's folder. */
  path: string;
  bytes: number;
  /** SHA-256 in lower-case hex of each slice of the manifest's chunk bytes, the last one shorter. */
  chunks: string[];
}

/** What `sterna.json` says: every file of the pack but itself. Source: docs/PACK.md. */
export interface Manifest {
  name: string;
  embeddings: EmbeddingType;
  chunkBytes: number;
  /** The weights' shards are in order among them. */
  files: PackFile[];
}

const integer = v.pipe(v.number(), v.integer());
const schema = v.looseObject({
  name: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(200),
    // Such characters would change how the text around the name reads.
    v.regex(/^[^\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]*$/u, 'must hold no control characters'),
  ),
  embeddings: v.picklist(['F32', 'F16', 'BF16', 'I8']),
  chunk_bytes: v.pipe(
    integer,
    v.minValue(256),
    v.maxValue(CHUNK_BYTES),
    v.check((bytes) => bytes % 4 === 0, 'must be a multiple of 4'),
  ),
  files: v.pipe(
    v.array(
      v.looseObject({
        path: v.pipe(
          v.string(),
          v.maxLength(200),
          v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name: letters, digits, ".", "_" and "-"'),
        ),
        bytes: v.pipe(integer, v.minValue(0), v.maxValue(FILE_BYTES_LIMIT)),
        chunks: v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'))),
      }),
    ),
    v.maxLength(100_000),
  ),
});

/** The format is looked at first, so that a file of another kind or a later version gets a message of its own. */
const formatSchema = v.looseObject({ format: v.literal('sterna-pack'), version: integer });

/**
 * Reads the parsed JSON of a pack's manifest.
 * @param file name or URL of the manifest, for messages.
 * @throws PackError naming the field that is wrong. Source: docs/PACK.md.
 */
export function parseManifest(json: unknown, file: string): Manifest {
  const { version } = validate(formatSchema, json, file, PackError);
  if (version !== PACK_VERSION) {
    throw new PackError(`this Sterna reads packs of version ${PACK_VERSION}, not ${version}`, {
      file,
      field: 'version',
    });
  }
  const { name, embeddings, chunk_bytes: chunkBytes, files } = validate(schema, json, file, PackError);
  const seen = new Set<string>([MANIFEST_FILE]);
  for (const [index, { path, bytes, chunks }] of files.entries()) {
    const field = `files.${index}`;
    if (seen.has(path)) throw new PackError(`${path} is listed twice or is the manifest`, { file, field });
    seen.add(path);
    const wanted = Math.ceil(bytes / chunkBytes);
    if (chunks.length !== wanted) {
      const reason = `${path} of ${bytes} bytes has ${chunks.length} chunks, not ${wanted}`;
      throw new PackError(reason, { file, field: `${field}.chunks` });
    }
  }
  if (!seen.has('config.json')) throw new PackError('config.json is not listed', { file, field: 'files' });
  const manifest = { name, embeddings, chunkBytes, files };
  checkShardNames(shardsOf(manifest), file);
  return manifest;
}

/** The files that hold the weights, in order. */
export function shardsOf(manifest: Manifest): PackFile[] {
  return manifest.files.filter(({ path }) => path.endsWith('.safetensors'));
}

/** Name of shard `index` (from 0) of `count`. */
export function shardName(index: number, count: number): string {
  const digits = (value: number) => String(value).padStart(5, '0');
  return `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

function checkShardNames(shards: PackFile[], file: string): void {
  if (shards.length === 0) throw new PackError('no shard of weights is listed', { file, field: 'files' });
  for (const [index, { path }] of shards.entries()) {
    const wanted = shardName(index, shards.length);
    if (path !== wanted) throw new PackError(`${path} stands where ${wanted} should`, { file, field: 'files' });
  }
}
