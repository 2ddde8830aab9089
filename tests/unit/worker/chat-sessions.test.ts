import { releaseProxy } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import { RequestError, SessionError, TokenizerError } from '../../../src/errors';
import type { ChatMessage } from '../../../src/model/text/chat-message';
import { ChatSessions, type SessionEnd } from '../../../src/worker/chat-sessions';
import { Constraints } from '../../../src/worker/constraints';
import { answerAll } from '../../../src/worker/answers';
import type { Model } from '../../../src/worker/model';
import { listPacks } from '../../../src/worker/pack-records';
import { SessionRecords } from '../../../src/worker/session-records';
import { readTokenTable } from '../../../src/worker/text-files';
import { CallSignal } from '../../../src/worker/wire/signal';
import { readStream } from '../../../src/worker/wire/stream';
import { unlessAborted } from '../../../src/worker/wire/unless-aborted';
import { openBorder } from '../../support/border';
import { FakeModel } from '../../support/fake-model';
import { InThreadPrompts } from '../../support/in-thread-prompts';
import { LimitedStore } from '../../support/limited-store';
import { byteConfig, byteTextSource, TOKENS } from '../../support/tiny-pack';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const { signal } = new AbortController();
const URL_OF_PACK = 'https://host.invalid/pack/';
const HI: ChatMessage = { role: 'user', content: 'Hi' };

/** Sessions over a model that says a text, and gives one-value states which are the number of ids. */
async function setUp({
  hash = 'a'.repeat(64),
  store = new LimitedStore(),
  template = undefined as string | undefined,
  canChat = true,
} = {}) {
  const source = byteTextSource(template);
  const prompts = new InThreadPrompts();
  await prompts.read(source, signal);
  /** The ids from which each text went on, and all of it. */
  const runs: [cached: number, prompt: number][] = [];
  const model = new FakeModel([...new TextEncoder().encode('Yes.'), TOKENS.end]);
  const generate = model.generate.bind(model);
  const remembering: Pick<Model, 'generate'> = {
    generate: async (prompt, options, stop, _onPrefill, own) => {
      runs.push([own?.longestPrefix(prompt)?.ids.length ?? 0, prompt.length]);
      own?.keep(prompt, Promise.resolve(new Float32Array(config.layerCount * config.stateSize)));
      return generate(prompt, options, stop);
    },
  };
  const config = byteConfig();
  const records = new SessionRecords(store, URL_OF_PACK);
  const sessions = new ChatSessions({
    hash,
    config,
    defaults: {},
    text: { tokenizer: readTokenTable(source), canChat },
    prompts,
    constraints: new Constraints(undefined, config.vocabSize, []),
    records,
    answer: (prepared, stop) => answerAll({ run: (work) => work(remembering as unknown as Model) }, prepared, stop),
    orEnded: (one) => one,
  });
  const { remote, close } = openBorder({
    open: (...args: Parameters<ChatSessions['open']>) => sessions.open(...args),
  });
  closers.push(close);
  const ask = async (end: Awaited<ReturnType<typeof remote.open>>, said: ChatMessage[], added: unknown = [HI]) => {
    const call = new CallSignal(undefined);
    let answer = '';
    for await (const event of readStream(await end.prompt(said, added, {}, call.signal), unlessAborted, call)) {
      if (event.kind === 'text') answer += event.text;
    }
    return answer;
  };
  return { store, records, remote, runs, ask };
}

describe('sessions in the worker', () => {
  it('keep what was said under an id, for the same model with its states', async () => {
    const { store, remote, records, ask } = await setUp();
    const first = await remote.open({}, 'chat');
    expect(await first.messages()).toEqual([]);
    const answer = await ask(first, []);
    const said = [HI, { role: 'assistant' as const, content: answer }];
    expect(await first.persist('chat', said)).toBeUndefined();
    expect(await records.has('chat')).toBe(true);
    expect(await records.list()).toMatchObject([{ id: 'chat' }]);

    const again = await setUp({ store });
    const second = await again.remote.open({}, 'chat');
    expect(await second.messages()).toEqual(said);
    await again.ask(second, said);
    expect(again.runs[0][0]).toBeGreaterThan(0);

    const other = await setUp({ store, hash: 'b'.repeat(64) });
    const third = await other.remote.open({}, 'chat');
    expect(await third.messages()).toEqual(said);
    await other.ask(third, said);
    expect(other.runs[0][0]).toBe(0);
  });

  it('begin anew where what was stored is damaged or cannot be read', async () => {
    const { store, remote, records } = await setUp();
    const session = await remote.open({});
    await session.persist('chat', [HI]);
    const [key] = await store.keys();
    await store.put(key, ((await store.get(key)) ?? new Uint8Array()).slice(0, -1));
    expect(await (await remote.open({}, 'chat')).messages()).toEqual([]);
    await session.persist('chat', [HI]);
    store.refused.add('get');
    expect(await (await remote.open({}, 'chat')).messages()).toEqual([]);
    store.refused.clear();
    expect(await (await remote.open({}, 'chat')).messages()).toEqual([HI]);
    await records.delete('chat');
    expect(await store.keys()).toEqual([]);
  });

  it('say why they are not kept, until they are', async () => {
    const { store, remote } = await setUp();
    const session = await remote.open({});
    store.limit = 10;
    expect(await session.persist('chat', [HI])).toBe('no room');
    store.refused.add('put');
    expect(await session.persist('chat', [HI])).toBe('refused to put');
    store.refused.clear();
    store.limit = Infinity;
    expect(await session.persist('chat', [HI])).toBeUndefined();
  });

  it('are no packs, whatever their ids are', async () => {
    const { store, remote, records } = await setUp();
    const id = 'c'.repeat(64);
    await (await remote.open({})).persist(id, [HI]);
    expect(await listPacks(store)).toEqual([]);
    expect(await records.list()).toMatchObject([{ id }]);
    expect(await new SessionRecords(store, 'https://host.invalid/other/').list()).toEqual([]);
  });

  it('go on from each other’s states as long as they are open', async () => {
    const { remote, runs, ask } = await setUp();
    const [one, other] = await Promise.all([remote.open({}), remote.open({})]);
    await ask(one, []);
    await ask(other, [], [HI, { role: 'assistant', content: 'No.' }, HI]);
    const [[, first], [cached]] = runs;
    expect(cached).toBe(first);
    one[releaseProxy]();
    other[releaseProxy]();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await ask(await remote.open({}), [], [HI, { role: 'assistant', content: 'Maybe.' }, HI]);
    expect(runs[2][0]).toBe(0);
  });

  it('read nothing ahead where the template takes it only with what follows', async () => {
    const template = `{% if messages[-1]['role'] != 'user' %}{{ raise_exception('users speak last') }}{% endif %}{{ messages[0].content }}`;
    const { remote, runs, ask } = await setUp({ template });
    const session = await remote.open({});
    const system: ChatMessage = { role: 'system', content: 'Be brief.' };
    expect(await session.read([], [system], signal)).toBeUndefined();
    expect(runs).toEqual([]);
    expect(await ask(session, [system])).toBe('Yes.');
  });

  it('need a model that chats', async () => {
    const { remote } = await setUp({ canChat: false });
    const error: unknown = await remote.open({}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TokenizerError);
    expect(error).toMatchObject({
      file: 'chat_template.tree.json',
      reason: expect.stringContaining('convert it again') as string,
    });
  });

  it('refuse parameters that are wrong or not for them, and bytes that are no session', async () => {
    const { remote } = await setUp();
    await expect(remote.open({ n: 1 })).rejects.toThrow(RequestError);
    await expect(remote.open({ temperature: 3 })).rejects.toMatchObject({ field: 'temperature' });
    await expect(remote.open({}, new Uint8Array(100))).rejects.toThrow(SessionError);
    const session = await remote.open({});
    const prompt = (added: unknown, params: object) =>
      (session.prompt as unknown as SessionEnd['prompt'])([], added, params, signal);
    await expect(prompt([HI], { messages: [] })).rejects.toMatchObject({ field: 'messages' });
    await expect(prompt('Hi', {})).rejects.toMatchObject({ field: 'messages' });
    await expect(prompt([HI], { stream: true })).rejects.toMatchObject({ field: 'stream' });
  });
});
