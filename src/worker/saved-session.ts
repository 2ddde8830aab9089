import * as v from 'valibot';
import { SessionError } from '../errors';
import type { ModelConfig } from '../model/config';
import type { ChatMessage } from '../model/text/chat-message';
import { validate } from '../model/validate';
import { MOST_STATES, type SessionText } from './session-text';
import { sha256 } from './sha256';

/** "STSE", read as a little-endian uint32. */
const MAGIC = 0x45535453;
/** Counts up when what is written is laid out in another way. */
const VERSION = 1;
const HEADER_BYTES = 16;
const CHECKSUM_BYTES = 64;
/** Stands in messages for the file, which has no name. */
const FILE = 'saved session';
/** States that are saved: the answer's, and its prompt's for where the template writes the answer in other tokens. */
const SAVED_STATES = 2;
const EXPONENT = 0x7f80_0000;

/** The model that a session belongs to. */
export interface SessionModel {
  /** SHA-256 of its manifest. */
  hash: string;
  config: Pick<ModelConfig, 'vocabSize' | 'layerCount' | 'stateSize'>;
}

/** A session as it is saved. */
export interface SavedSession {
  messages: ChatMessage[];
  text: SessionText;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const schema = v.strictObject({
  model: v.string(),
  savedAt: v.pipe(v.number(), v.minValue(0)),
  messages: v.array(v.strictObject({ role: v.picklist(['system', 'user', 'assistant']), content: v.string() })),
  points: v.pipe(v.array(v.strictObject({ length: count, messages: count })), v.maxLength(MOST_STATES)),
});

/**
 * A session in bytes: four uint32 (a mark, the version, bytes of what follows, ids), JSON padded to whole words, the ids as
 * uint32, the states as f32, and the SHA-256 of all that in hex. All little-endian.
 */
export async function writeSession(
  { messages, text: { ids, points } }: SavedSession,
  { hash }: SessionModel,
): Promise<Uint8Array<ArrayBuffer>> {
  const saved = points.slice(-SAVED_STATES);
  const read = ids.slice(0, saved.at(-1)?.length ?? 0);
  const header = {
    model: hash,
    savedAt: Date.now(),
    messages,
    points: saved.map(({ length, messages: made }) => ({ length, messages: made })),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padding = ' '.repeat(-json.byteLength & 3);
  const words = Uint32Array.of(MAGIC, VERSION, json.byteLength + padding.length, read.length);
  const parts = [words, json, padding, Uint32Array.from(read), ...saved.map(({ state }) => state)];
  const content = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await new Blob([content, await sha256(new Uint8Array(content))]).arrayBuffer());
}

/** When a session was saved, in milliseconds since 1970; 0 where that cannot be read. */
export function savedAt(bytes: Uint8Array<ArrayBuffer>): number {
  try {
    return readHeader(readFrame(bytes).json).savedAt;
  } catch {
    return 0;
  }
}

/**
 * Reads what `writeSession` wrote. Nothing is believed: the bytes may be anybody's.
 * @param acceptsOtherModel gives the messages alone of a session with another model, which is else refused
 * @throws SessionError whose `field` says what is wrong: format, version, checksum, model, or a field of the header.
 */
export async function readSession(
  bytes: Uint8Array<ArrayBuffer>,
  { hash, config }: SessionModel,
  acceptsOtherModel = false,
): Promise<SavedSession> {
  const { json, idCount, end } = readFrame(bytes);
  const checked = bytes.byteLength - CHECKSUM_BYTES;
  const checksum = new TextDecoder().decode(bytes.subarray(checked));
  if (checksum !== (await sha256(bytes.slice(0, checked)))) refuse('checksum', 'is damaged or cut off');
  const { model, messages, points } = readHeader(json);
  if (model !== hash) {
    if (acceptsOtherModel) return { messages, text: { ids: [], points: [] } };
    refuse('model', 'belongs to another model, or to another version of its pack');
  }
  const stateBytes = config.layerCount * config.stateSize * 4;
  if (end + 4 * idCount + points.length * stateBytes !== checked) refuse('points', 'has another size than it says');
  const ids = Array.from(new Uint32Array(bytes.slice(end, end + 4 * idCount).buffer));
  const wrong = ids.findIndex((id) => id >= config.vocabSize);
  if (wrong >= 0) refuse(`ids[${wrong}]`, `${ids[wrong]} is no id of the vocabulary`);
  let before = 0;
  const read = points.map(({ length, messages: made }, index) => {
    if (length <= before || length > ids.length || made > messages.length) {
      refuse(`points[${index}]`, 'is no place in this conversation');
    }
    before = length;
    const from = end + 4 * ids.length + index * stateBytes;
    const { buffer } = bytes.slice(from, from + stateBytes);
    // NaN or infinity, which WGSL may take for granted not to be there.
    if (new Uint32Array(buffer).some((word) => (word & EXPONENT) === EXPONENT)) {
      refuse(`points[${index}]`, 'holds NaN or infinity');
    }
    return { length, messages: made, state: new Float32Array(buffer) };
  });
  return { messages, text: { ids, points: read } };
}

/** Where things lie. */
function readFrame(bytes: Uint8Array<ArrayBuffer>) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEADER_BYTES + CHECKSUM_BYTES || view.getUint32(0, true) !== MAGIC) {
    refuse('format', 'this is none');
  }
  const version = view.getUint32(4, true);
  if (version !== VERSION) refuse('version', `is ${version}, and this Sterna reads ${VERSION}`);
  const end = HEADER_BYTES + view.getUint32(8, true);
  return { json: bytes.subarray(HEADER_BYTES, end), idCount: view.getUint32(12, true), end };
}

function readHeader(bytes: Uint8Array): v.InferOutput<typeof schema> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    refuse('header', 'is not JSON');
  }
  return validate(schema, json, FILE, SessionError);
}

function refuse(field: string, reason: string): never {
  throw new SessionError(reason, { file: FILE, field });
}
