import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionError } from '../../../src/errors';
import { readSession, savedAt, writeSession } from '../../../src/worker/saved-session';
import { sha256 } from '../../../src/worker/sha256';
import { hostileValue, mutated } from '../../support/hostile-json';
import { testSeed } from '../../support/random';
import { cases } from '../../support/soak';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 500, many: 5000 }) };
const config = { vocabSize: 300, layerCount: 2, stateSize: 3 };
const model = { hash: '0123456789abcdef'.repeat(4), config };
const HEADER = {
  model: model.hash,
  savedAt: 1,
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
  ],
  points: [
    { length: 2, messages: 1 },
    { length: 3, messages: 2 },
  ],
};
const IDS = [7, 299, 0];

/** JSON, or what is none. */
function text(header: unknown): string {
  try {
    return JSON.stringify([header]).slice(1, -1);
  } catch {
    return '['.repeat(100_000);
  }
}

/** A session of a header, ids and states, whatever they are, with the right frame and checksum. */
async function sealed(header: unknown, ids: readonly number[], states: Uint8Array<ArrayBuffer>) {
  const json = new TextEncoder().encode(text(header));
  const frame = Uint32Array.of(0x45535453, 1, json.byteLength, ids.length);
  const content = new Uint8Array(await new Blob([frame, json, Uint32Array.from(ids), states]).arrayBuffer());
  return new Uint8Array(await new Blob([content, await sha256(content)]).arrayBuffer());
}

/** What a session that is taken must be, or a SessionError that says of what. */
async function isSoundOrRefused(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  expect(savedAt(bytes)).toBeGreaterThanOrEqual(0);
  try {
    const { messages, text } = await readSession(bytes, model);
    for (const { role, content } of messages) {
      expect(['system', 'user', 'assistant']).toContain(role);
      expect(typeof content).toBe('string');
    }
    expect(text.ids.every((id) => Number.isInteger(id) && id >= 0 && id < config.vocabSize)).toBe(true);
    let before = 0;
    for (const { length, messages: made, state } of text.points) {
      expect(length > before && length <= text.ids.length && made <= messages.length).toBe(true);
      expect(state).toHaveLength(config.layerCount * config.stateSize);
      expect(state.every(Number.isFinite)).toBe(true);
      before = length;
    }
    return true;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    expect(error.message).toContain('saved session');
    expect(error.reason).not.toBe('');
    expect(error.message.length).toBeLessThan(2000);
    return false;
  }
}

describe(`a hostile session (seed ${seed})`, () => {
  const states = new Uint8Array(new Float32Array(12).buffer);

  it('is sound or refused where the header of a good one was changed', async () => {
    expect(await isSoundOrRefused(await sealed(HEADER, IDS, states))).toBe(true);
    const check = async (header: unknown) => {
      await isSoundOrRefused(await sealed(header, IDS, states));
    };
    await fc.assert(fc.asyncProperty(fc.oneof(mutated(HEADER), hostileValue), check), parameters);
  });

  it('is sound or refused whatever its ids, states and sizes are', async () => {
    const id = fc.oneof(fc.nat({ max: 299 }), fc.nat({ max: 2 ** 32 - 1 }));
    const bytes = fc.uint8Array({ minLength: 40, maxLength: 56 });
    const points = fc.array(fc.record({ length: fc.nat({ max: 5 }), messages: fc.nat({ max: 3 }) }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(id, { maxLength: 5 }), bytes, points, async (ids, junk, places) => {
        const header = { ...HEADER, points: places };
        const size = new Uint8Array(junk.length > 50 ? places.length * 24 : junk.length);
        size.set(junk.subarray(0, size.length));
        await isSoundOrRefused(await sealed(header, ids, size));
      }),
      parameters,
    );
  });

  it('is refused where its bytes were changed, or are any', async () => {
    const good = await writeSession({ messages: [], text: { ids: [1], points: [] } }, model);
    expect(await isSoundOrRefused(good)).toBe(true);
    const changed = fc.tuple(fc.nat({ max: good.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), async (change) => {
        const bytes = good.slice();
        const [at, other] = change instanceof Uint8Array ? [0, change] : change;
        bytes.set(other.subarray(0, bytes.length - at), at);
        const isSame = bytes.every((byte, index) => byte === good[index]);
        expect(await isSoundOrRefused(bytes)).toBe(isSame);
      }),
      parameters,
    );
  });
});
