import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/api';
import * as api from '../../src/api';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const SYSTEM = 'Speak as terns do.';
/** States that the engine keeps for whoever asks: more texts than that push out all of them. */
const MANY_TEXTS = 10;

let url: string;
let engine: api.Engine;
/** Has never seen the sessions' texts. */
let fresh: api.Engine;
beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096 })).files);
  [engine, fresh] = await Promise.all([createEngine({ model: url }), createEngine({ model: url })]);
});
afterAll(async () => {
  await Promise.all([engine.dispose(), fresh.dispose()]);
  await stopHost(url);
});

/** Words that no other test has said. */
let said = 0;
const words = () => `Question ${said++}, ${seed}?`;

/** The tokens of messages in the tiny pack's template: a byte each, and two around each message. */
function tokens(messages: readonly api.ChatMessage[]): number {
  const bytes = messages.map(({ role, content }) => new TextEncoder().encode(`${role} ${content}`).length + 2);
  return bytes.reduce((sum, count) => sum + count, 0);
}
const OPENING = 1 + 'assistant '.length;

/** A seed with which the answer is ASCII, so that its text has the very tokens that were sampled. */
async function plainSeed(session: api.Session, question: string, max_tokens: number): Promise<number> {
  const isPlain = (text: string) => Array.from(text).every((character) => character < '\u0080');
  for (let trial = 0; ; trial++) {
    const clone = await session.clone();
    const answer = await clone.prompt(question, { max_tokens, seed: trial });
    clone.destroy();
    if (isPlain(answer)) return trial;
  }
}

async function pushOutStates(): Promise<void> {
  for (let text = 0; text < MANY_TEXTS; text++) {
    const messages = [{ role: 'user' as const, content: words() }];
    await engine.chat.completions.create({ messages, max_tokens: 2 });
  }
}

/** What a request of its own answers, from nothing. */
async function undisturbed(messages: readonly api.ChatMessage[], params: api.SessionParams): Promise<string> {
  const completion = await fresh.chat.completions.create({ messages: [...messages], ...params });
  return completion.choices[0].message.content;
}

describe(`a session (seed ${seed})`, () => {
  it('says what a request with all its messages says, however its tokens go over into text', async () => {
    const session = await engine.sessions.create({ system: SYSTEM, max_tokens: 12, temperature: 1 });
    for (let turn = 0; turn < 6; turn++) {
      const before = session.messages;
      const question = words();
      const answer = await session.prompt(question, { seed: seed + turn, stop: ['e', '\n'] });
      const asked = [...before, { role: 'user' as const, content: question }];
      const params = { max_tokens: 12, temperature: 1, seed: seed + turn, stop: ['e', '\n'] };
      expect(answer).toBe(await undisturbed(asked, params));
      expect(session.messages).toEqual([...asked, { role: 'assistant', content: answer }]);
    }
    session.destroy();
  });

  it('reads nothing twice, whatever else the engine has done since', async () => {
    const session = await engine.sessions.create({ system: SYSTEM });
    for (let turn = 0; turn < 3; turn++) {
      const { usage } = session;
      const read = (usage?.total_tokens ?? 0) - (turn === 0 ? 0 : 1);
      await pushOutStates();
      const question = words();
      const plain = await plainSeed(session, question, 2);
      await session.prompt(question, { max_tokens: 2, seed: plain });
      expect(session.usage?.prompt_tokens).toBe(tokens(session.messages.slice(0, -1)) + OPENING);
      expect(session.usage?.prompt_tokens_details.cached_tokens).toBe(read);
    }
    session.destroy();
  });

  it('shares a system prompt: it is read once', async () => {
    const system = words();
    const [first, second] = await Promise.all([engine.sessions.create({ system }), engine.sessions.create({ system })]);
    const length = tokens([{ role: 'system', content: system }]);
    expect([first, second].map(({ usage }) => usage?.prompt_tokens)).toEqual([length, length]);
    expect([first, second].map(({ usage }) => usage?.prompt_tokens_details.cached_tokens)).toEqual([0, length]);
    await pushOutStates();
    await second.prompt('Hi', { max_tokens: 1 });
    expect(second.usage?.prompt_tokens_details.cached_tokens).toBe(length);
    first.destroy();
    second.destroy();
  });

  it('reads what is appended, so that the prompt need not', async () => {
    const messages = [
      { role: 'user' as const, content: words() },
      { role: 'assistant' as const, content: 'Yes.' },
    ];
    const session = await engine.sessions.create({ messages });
    await session.append([{ role: 'system', content: [{ type: 'text', text: 'Be brief.' }] }]);
    const before = session.messages;
    expect(before).toEqual([...messages, { role: 'system', content: 'Be brief.' }]);
    expect(session.usage?.prompt_tokens_details.cached_tokens).toBe(tokens(messages));
    await pushOutStates();
    await session.prompt('And?', { max_tokens: 1 });
    expect(session.usage?.prompt_tokens_details.cached_tokens).toBe(tokens(before));
    session.destroy();
  });

  it('streams the text that it would give whole', async () => {
    const session = await engine.sessions.create({ max_tokens: 20, seed });
    const clone = await session.clone();
    const question = words();
    let streamed = '';
    for await (const piece of session.promptStreaming(question)) streamed += piece;
    expect(streamed).toBe(await clone.prompt(question));
    expect(session.messages).toEqual(clone.messages);
    session.destroy();
    clone.destroy();
  });

  it('goes on apart from its clone', async () => {
    const session = await engine.sessions.create({ system: SYSTEM, max_tokens: 8 });
    await session.prompt(words(), { seed: 1 });
    const before = session.messages;
    const clone = await session.clone();
    session.destroy();
    const question = words();
    await pushOutStates();
    expect(await clone.prompt(question, { seed: 2 })).toBe(
      await undisturbed([...before, { role: 'user', content: question }], { max_tokens: 8, seed: 2 }),
    );
    expect(before).toHaveLength(3);
    expect(clone.messages).toHaveLength(5);
    clone.destroy();
  });

  it('goes back to any earlier message, and on from there without reading it again', async () => {
    const session = await engine.sessions.create({ system: SYSTEM, max_tokens: 2 });
    const totals: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const question = words();
      await session.prompt(question, { seed: await plainSeed(session, question, 2) });
      totals.push(session.usage?.total_tokens ?? 0);
    }
    const all = session.messages;
    for (const [turns, total] of [...totals.entries()].toReversed()) {
      const to = 1 + 2 * (turns + 1);
      await session.rewind(to);
      expect(session.messages).toEqual(all.slice(0, to));
      await pushOutStates();
      const clone = await session.clone();
      await clone.prompt('Once more', { seed: 3 });
      expect(clone.usage?.prompt_tokens_details.cached_tokens).toBe(total - 1);
      const asked = [...all.slice(0, to), { role: 'user' as const, content: 'Once more' }];
      expect(clone.messages.at(-1)?.content).toBe(await undisturbed(asked, { max_tokens: 2, seed: 3 }));
      clone.destroy();
    }
    await session.rewind(0);
    expect(session.messages).toEqual([]);
    await expect(session.rewind(1)).rejects.toMatchObject({ name: 'RequestError', field: 'to' });
    await expect(session.rewind(-1)).rejects.toThrow(api.RequestError);
    session.destroy();
  });

  it('is as it was before what is aborted', async () => {
    const session = await engine.sessions.create({ system: SYSTEM, max_tokens: 100_000, stop: ['never said'] });
    await session.prompt(words(), { max_tokens: 3, seed });
    const { messages, usage } = session;
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = async () => {
      for await (const piece of session.promptStreaming(words(), { signal: stop.signal })) {
        if (piece !== '') stop.abort(reason);
      }
    };
    await expect(reading()).rejects.toBe(reason);
    await expect(session.append('More', { signal: stop.signal })).rejects.toBe(reason);
    for await (const piece of session.promptStreaming(words())) if (piece !== '') break;
    const waiting = new AbortController();
    const first = session.clone();
    const second = session.prompt('Never asked', { signal: waiting.signal });
    waiting.abort(reason);
    await expect(second).rejects.toBe(reason);
    (await first).destroy();
    expect(session).toMatchObject({ messages, usage });
    const question = words();
    const asked = [...messages, { role: 'user' as const, content: question }];
    const params = { max_tokens: 5, seed: 9 };
    expect(await session.prompt(question, params)).toBe(await undisturbed(asked, params));
    session.destroy();
  });

  it('answers prompts one after the other, also one that nobody reads', async () => {
    const session = await engine.sessions.create({ max_tokens: 2 });
    const stream = session.promptStreaming('one');
    await Promise.all([session.prompt('two'), session.append('three'), session.prompt('four')]);
    const asked = session.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    expect(asked).toEqual(['one', 'two', 'three', 'four']);
    let text = '';
    for await (const piece of stream) text += piece;
    expect(text).toBe(session.messages[1].content);
    session.destroy();
  });

  it('goes on in another engine from what was saved, to the same bits and with nothing read again', async () => {
    const session = await engine.sessions.create({ system: SYSTEM, temperature: 1, max_tokens: 2 });
    const first = words();
    await session.prompt(first, { seed: await plainSeed(session, first, 2) });
    const saved = await session.save();
    const restored = await fresh.sessions.restore(saved, { temperature: 1, max_tokens: 2 });
    expect(restored.messages).toEqual(session.messages);
    const question = words();
    expect(await restored.prompt(question, { seed: 5 })).toBe(await session.prompt(question, { seed: 5 }));
    expect(restored.usage?.prompt_tokens).toBe(session.usage?.prompt_tokens);
    const cached = session.usage?.prompt_tokens_details.cached_tokens;
    expect(cached).toBeGreaterThan(tokens(session.messages.slice(0, 2)));
    expect(restored.usage?.prompt_tokens_details.cached_tokens).toBe(cached);
    session.destroy();
    restored.destroy();
  });

  it('refuses what is no session of this model, and says why; another engine’s ends with that', async () => {
    const session = await engine.sessions.create({ system: SYSTEM });
    const bytes = new Uint8Array(await (await session.save()).arrayBuffer());
    session.destroy();
    const restore = (content: BlobPart) => engine.sessions.restore(new Blob([content]));
    await expect(restore('no session')).rejects.toMatchObject({ name: 'SessionError', field: 'format' });
    await expect(restore(bytes.slice(0, -100))).rejects.toMatchObject({ name: 'SessionError', field: 'checksum' });
    const later = bytes.slice();
    later[4]++;
    await expect(restore(later)).rejects.toMatchObject({ name: 'SessionError', field: 'version' });
    const otherUrl = await startHost((await tinyPack(new Random(seed + 1), { chunkBytes: 4096 })).files);
    const other = await createEngine({ model: otherUrl });
    await expect(other.sessions.restore(new Blob([bytes]))).rejects.toMatchObject({
      name: 'SessionError',
      field: 'model',
    });
    const left = await other.sessions.create({ max_tokens: 100_000, stop: ['never said'] });
    const cut = expect(left.prompt('Hi')).rejects.toThrow(api.DisposedError);
    await other.dispose();
    await cut;
    await expect(left.save()).rejects.toThrow(api.DisposedError);
    await expect(other.sessions.create()).rejects.toThrow(api.DisposedError);
    left.destroy();
    await stopHost(otherUrl);
    const wrong = engine.sessions.restore(bytes as unknown as Blob);
    await expect(wrong).rejects.toMatchObject({ name: 'RequestError', field: 'saved' });
  });

  it('counts the tokens of a prompt without answering it', async () => {
    const session = await engine.sessions.create({ system: SYSTEM });
    const count = await session.countTokens('Hi');
    expect(session.messages).toHaveLength(1);
    await session.prompt('Hi', { max_tokens: 1 });
    expect(session.usage?.prompt_tokens).toBe(count);
    session.destroy();
  });

  it('names what is wrong with a call', async () => {
    const create = (options: unknown) => engine.sessions.create(options as api.SessionCreateOptions);
    const refused = (field: string) => ({ name: 'RequestError', field });
    await expect(create({ system: 7 })).rejects.toMatchObject(refused('system'));
    await expect(create({ messages: 'Hi' })).rejects.toMatchObject(refused('messages'));
    await expect(create({ stream: true })).rejects.toMatchObject(refused('stream'));
    await expect(create({ messages: [{ role: 'tool', content: '' }] })).rejects.toMatchObject(
      refused('messages[0].role'),
    );
    await expect(create({ temperature: 'hot' })).rejects.toMatchObject(refused('temperature'));
    await expect(create({ speed: 1 })).rejects.toMatchObject(refused('speed'));
    await expect(create({ persist: '' })).rejects.toMatchObject(refused('persist'));
    await expect(create({ signal: {} })).rejects.toMatchObject(refused('signal'));
    const session = await engine.sessions.create();
    const prompt = (input: unknown, options?: unknown) =>
      session.prompt(input as string, options as api.SessionPromptOptions);
    await expect(prompt(7)).rejects.toMatchObject(refused('messages'));
    await expect(prompt([])).rejects.toMatchObject(refused('messages'));
    await expect(prompt('Hi', { n: 1 })).rejects.toMatchObject(refused('n'));
    await expect(prompt('Hi', { logprobs: true })).rejects.toMatchObject(refused('logprobs'));
    await expect(prompt('Hi', { messages: [] })).rejects.toMatchObject(refused('messages'));
    await expect(prompt('Hi', { signal: 1 })).rejects.toMatchObject(refused('signal'));
    const stream = session.promptStreaming('Hi', { signal: 1 as unknown as AbortSignal });
    await expect(stream.getReader().read()).rejects.toMatchObject(refused('signal'));
    expect(session.messages).toEqual([]);
    session.destroy();
  });

  it('ends with destroy', async () => {
    const session = await engine.sessions.create({ max_tokens: 100_000, stop: ['never said'] });
    const running = Promise.allSettled([session.prompt(words()), session.prompt(words()), session.save()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    session.destroy();
    session.destroy();
    for (const result of await running) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'DisposedError' } });
    }
    await expect(session.prompt('Hi')).rejects.toThrow(api.DisposedError);
    expect(session.messages).toEqual([]);
  });
});
