import { releaseProxy, transfer } from 'comlink';
import type { ChatMessage } from '../../src/model/text/chat-message';
import { answerAll } from '../../src/worker/answers';
import { ChatSessions } from '../../src/worker/chat-sessions';
import { Constraints } from '../../src/worker/constraints';
import { MemoryStore } from '../../src/worker/memory-store';
import { SessionRecords } from '../../src/worker/session-records';
import { across } from './across';
import type { Effort } from './effort';
import { type Sample, sample } from './statistics';
import type { Subject } from './subject';
import { randomIds } from './texts';

/** What a session's verbs take in milliseconds, from the caller's side of a border like a worker's, and its bytes. */
export interface SessionsResult {
  clone: Sample;
  /** From the call to the bytes. */
  save: Sample;
  /** From the bytes to a session that can be asked. */
  restore: Sample;
  savedBytes: number;
  /** Tokens that had been read by then. */
  tokens: number;
}

const { signal } = new AbortController();

/** Every token is an "a". */
const TOKENS = {
  tokenBytes: () => Uint8Array.of(0x61),
  spell: () => ({ token: 'a', bytes: [0x61] }),
  decode: (ids: readonly number[]) => 'a'.repeat(ids.length),
  dropsFirstSpace: false,
};

/** Reads the longest prompt into a session, then clones, saves and restores that. */
export async function measureSessions({ model, config }: Subject, effort: Effort): Promise<SessionsResult> {
  const tokens = Math.max(...effort.prompts);
  const prompt = randomIds(tokens, config.vocabSize, 0);
  const sessions = new ChatSessions({
    hash: '0'.repeat(64),
    config,
    defaults: {},
    text: { tokenizer: TOKENS, canChat: true },
    prompts: {
      read: () => Promise.resolve(true),
      encode: () => Promise.resolve(prompt),
      encodeTexts: () => Promise.resolve([prompt]),
    },
    constraints: new Constraints(undefined, config.vocabSize, []),
    records: new SessionRecords(new MemoryStore(), ''),
    answer: (prepared, stop) => answerAll({ run: (work) => work(model) }, prepared, stop),
    orEnded: (one) => one,
  });
  const { open } = across({ open: (from?: Uint8Array<ArrayBuffer>) => sessions.open({}, from) });
  const messages: ChatMessage[] = [{ role: 'user', content: 'a'.repeat(tokens) }];
  const session = await open();
  await session.read([], messages, signal);

  const times: Record<'clone' | 'save' | 'restore', number[]> = { clone: [], save: [], restore: [] };
  let savedBytes = 0;
  for (let run = 0; run < effort.runs; run++) {
    const start = performance.now();
    const clone = await session.clone();
    const cloned = performance.now();
    const bytes = await session.save(messages);
    const saved = performance.now();
    savedBytes = bytes.byteLength;
    const restored = await open(transfer(bytes, [bytes.buffer]));
    times.clone.push(cloned - start);
    times.save.push(saved - cloned);
    times.restore.push(performance.now() - saved);
    clone[releaseProxy]();
    restored[releaseProxy]();
  }
  session[releaseProxy]();
  const [clone, save, restore] = [times.clone, times.save, times.restore].map(sample);
  return { clone, save, restore, savedBytes, tokens };
}
