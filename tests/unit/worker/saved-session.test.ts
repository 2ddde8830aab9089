import { describe, expect, it } from 'vitest';
import { SessionError } from '../../../src/errors';
import { readSession, savedAt, writeSession, type SavedSession } from '../../../src/worker/saved-session';
import { sha256 } from '../../../src/worker/sha256';

const model = { hash: 'a'.repeat(64), config: { vocabSize: 300, layerCount: 2, stateSize: 3 } };
const stateOf = (value: number) => new Float32Array(6).fill(value);
const session: SavedSession = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Naïve 🐦?' },
    { role: 'assistant', content: '' },
  ],
  text: {
    ids: [1, 299, 0, 7, 7],
    points: [
      { length: 1, messages: 1, state: stateOf(1) },
      { length: 3, messages: 2, state: stateOf(2) },
      { length: 4, messages: 3, state: stateOf(-0) },
    ],
  },
};

/** The session with other words in its header, numbers in its frame or bytes behind, and the right checksum of that. */
async function forged(
  change: (header: Record<string, unknown>) => void,
  rest = (body: Uint8Array<ArrayBuffer>) => body,
  words: Record<number, number> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await writeSession(session, model);
  const view = new DataView(bytes.buffer);
  const end = 16 + view.getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, end))) as Record<string, unknown>;
  change(header);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const frame = new DataView(bytes.slice(0, 16).buffer);
  frame.setUint32(8, json.byteLength, true);
  for (const [index, word] of Object.entries(words)) frame.setUint32(4 * Number(index), word, true);
  const content = new Uint8Array(await new Blob([frame.buffer, json, rest(bytes.slice(end, -64))]).arrayBuffer());
  return new Uint8Array(await new Blob([content, await sha256(content)]).arrayBuffer());
}

const same = () => undefined;

describe('a saved session', () => {
  it('is what was saved, with its last two states', async () => {
    const before = Date.now();
    const bytes = await writeSession(session, model);
    const { ids, points } = session.text;
    expect(await readSession(bytes, model)).toEqual({
      messages: session.messages,
      text: { ids: ids.slice(0, 4), points: points.slice(1) },
    });
    expect(savedAt(bytes)).toBeGreaterThanOrEqual(before);
    expect(savedAt(bytes)).toBeLessThanOrEqual(Date.now());
    expect(savedAt(bytes.subarray(0, 30))).toBe(0);
  });

  it('may have nothing in it', async () => {
    const empty = { messages: [], text: { ids: [], points: [] } };
    expect(await readSession(await writeSession(empty, model), model)).toEqual(empty);
  });

  it('gives its messages alone to another model, where that is asked for', async () => {
    const other = { ...model, hash: 'b'.repeat(64) };
    const bytes = await writeSession(session, model);
    await expect(readSession(bytes, other)).rejects.toMatchObject({ name: 'SessionError', field: 'model' });
    const { messages } = session;
    expect(await readSession(bytes, other, true)).toEqual({ messages, text: { ids: [], points: [] } });
  });

  it('is refused where a bit of it is another, or some of it is missing', async () => {
    const bytes = await writeSession(session, model);
    for (let index = 0; index < bytes.byteLength; index++) {
      const damaged = bytes.slice();
      damaged[index] ^= 1 << (index % 8);
      await expect(readSession(damaged, model), `byte ${index}`).rejects.toThrow(SessionError);
      await expect(readSession(bytes.slice(0, index), model), `${index} bytes`).rejects.toThrow(SessionError);
    }
    const field = (name: string) => ({ name: 'SessionError', field: name });
    await expect(readSession(bytes.slice(0, -4), model)).rejects.toMatchObject(field('checksum'));
    await expect(readSession(new Uint8Array(200), model)).rejects.toMatchObject(field('format'));
  });

  it.each<[string, Parameters<typeof forged>]>([
    ['version', [same, undefined, { 1: 2 }]],
    ['header', [same, undefined, { 2: 3 }]],
    ['points', [same, undefined, { 3: 3 }]],
    ['points', [same, undefined, { 3: 0xffff_ffff }]],
    ['points', [same, (body) => body.slice(4)]],
    ['model', [(header) => (header.model = 'c'.repeat(64))]],
    ['model', [(header) => (header.model = 7)]],
    ['savedAt', [(header) => (header.savedAt = -1)]],
    ['messages', [(header) => (header.messages = 'none')]],
    ['messages.0.role', [(header) => (header.messages = [{ role: 'tool', content: '' }])]],
    ['messages.0.content', [(header) => (header.messages = [{ role: 'user', content: 1 }])]],
    ['messages.0.more', [(header) => (header.messages = [{ role: 'user', content: '', more: 1 }])]],
    ['extra', [(header) => (header.extra = 1)]],
    ['points', [(header) => (header.points = Array.from({ length: 17 }, () => ({ length: 1, messages: 1 })))]],
    [
      'points.0.length',
      [
        (header) =>
          (header.points = [
            { length: 0.5, messages: 1 },
            { length: 4, messages: 3 },
          ]),
      ],
    ],
    [
      'points[0]',
      [
        (header) =>
          (header.points = [
            { length: 0, messages: 1 },
            { length: 4, messages: 3 },
          ]),
      ],
    ],
    [
      'points[1]',
      [
        (header) =>
          (header.points = [
            { length: 3, messages: 1 },
            { length: 3, messages: 3 },
          ]),
      ],
    ],
    [
      'points[1]',
      [
        (header) =>
          (header.points = [
            { length: 3, messages: 1 },
            { length: 5, messages: 3 },
          ]),
      ],
    ],
    [
      'points[1]',
      [
        (header) =>
          (header.points = [
            { length: 3, messages: 1 },
            { length: 4, messages: 4 },
          ]),
      ],
    ],
    ['ids[1]', [same, withWord(1, 300)]],
    ['points[0]', [same, withWord(4, 0x7f80_0000)]],
    ['points[1]', [same, withWord(4 + 11, 0xffc0_0000)]],
  ])('is refused for its %s, whatever its checksum says (%#)', async (field, forgery) => {
    const failure = readSession(await forged(...forgery), model);
    await expect(failure).rejects.toThrow(SessionError);
    await expect(failure).rejects.toMatchObject({ field });
  });
});

/** Another word behind the header: ids, and then states. */
function withWord(index: number, word: number) {
  return (body: Uint8Array<ArrayBuffer>) => {
    new DataView(body.buffer).setUint32(4 * index, word, true);
    return body;
  };
}
