import { expect, test, type Page } from '@playwright/test';
import type * as api from '../src/api';
import { Random } from '../tests/support/random';
import { tinyPack } from '../tests/support/tiny-pack';
import { openPage, startLibrarySites, type LibrarySite } from './faults/library-site';
import { seed } from './support/seed';

test.setTimeout(120_000);

let site: LibrarySite;
let model: string;
test.beforeAll(async () => {
  [site] = await startLibrarySites(1);
  const { files } = await tinyPack(new Random(seed), { chunkBytes: 4096, endTokens: [] });
  site.own.packs.set('pack', { files, ranges: true });
  model = `${site.own.url}pack/`;
});
test.afterAll(async () => {
  await Promise.all([site.own.stop(), site.foreign.stop()]);
});

/** What a page did, with the session of an id as it is afterwards. */
interface Report<Result> {
  result: Result;
  /** As it was found. */
  found: readonly api.ChatMessage[];
  messages: readonly api.ChatMessage[];
  usage: api.CompletionUsage | undefined;
  persisted: boolean;
  notPersistedBecause: string | undefined;
}

/** Runs code of a page with the session of an id, which is destroyed afterwards; a page has one engine. */
function withSession<Result>(
  page: Page,
  work: (session: api.Session, engine: api.Engine) => Promise<Result>,
  { id = 'chat', worker }: { id?: string; worker?: string } = {},
): Promise<Report<Result>> {
  return page.evaluate(
    async ({ model, id, worker, code }): Promise<Report<Result>> => {
      const library = (await import(/* @vite-ignore */ `${location.origin}/sterna.js`)) as typeof api;
      const started = worker === undefined ? {} : { worker: new Worker(worker, { type: 'module' }) };
      const place = globalThis as { engine?: Promise<api.Engine> };
      const engine = await (place.engine ??= library.createEngine({ model, ...started }));
      const work = (0, eval)(`(${code})`) as (session: api.Session, engine: api.Engine) => Promise<Result>;
      const session = await engine.sessions.create({ system: 'Speak as terns do.', persist: id, temperature: 1 });
      const found = session.messages;
      const result = await work(session, engine);
      const { messages, usage, persisted, notPersistedBecause } = session;
      session.destroy();
      return { result, found, messages, usage, persisted, notPersistedBecause };
    },
    { model, id, worker, code: work.toString() },
  );
}

test('a chat goes on after a reload, with nothing read again and to the same tokens', async ({ context }) => {
  const page = await openPage(context, site.own);
  const first = await withSession(page, async (session) => {
    // An answer that is no ASCII has other tokens as text, and would be read again.
    const isPlain = (text: string) => Array.from(text).every((character) => character < '\u0080');
    for (let trial = 0; ; trial++) {
      const clone = await session.clone();
      if (!isPlain(await clone.prompt('Hi', { max_tokens: 2, seed: trial }))) continue;
      await session.prompt('Hi', { max_tokens: 2, seed: trial });
      const undisturbed = await session.clone();
      return undisturbed.prompt('And then?', { max_tokens: 10, seed: 7 });
    }
  });
  expect(first).toMatchObject({ persisted: true });
  expect(first.messages).toHaveLength(3);

  await page.reload();
  const second = await withSession(page, (session) => session.prompt('And then?', { max_tokens: 10, seed: 7 }));
  expect(second.found).toEqual(first.messages);
  expect(second.result).toBe(first.result);
  expect(second.messages).toHaveLength(5);
  // The last token of an answer has been sampled, and not fed.
  expect(second.usage?.prompt_tokens_details.cached_tokens).toBe((first.usage?.total_tokens ?? 0) - 1);
  expect(second.usage?.prompt_tokens).toBeGreaterThan(first.usage?.total_tokens ?? 0);
});

test('a page that is closed in the middle of an answer comes back with the last whole one', async ({ context }) => {
  const page = await openPage(context, site.own);
  const whole = await withSession(page, (session) => session.prompt('Hi', { max_tokens: 3, seed: 1 }), { id: 'cut' });
  const begun = page.waitForEvent('console', { predicate: (message) => message.text() === 'begun' });
  const cut = withSession(
    page,
    async (session) => {
      for await (const piece of session.promptStreaming('Tell me all', { max_tokens: 1_000_000 })) {
        if (piece !== '') console.log('begun');
      }
    },
    { id: 'cut' },
  ).catch(() => 'closed');
  await begun;
  await page.reload();
  expect(await cut).toBe('closed');
  const after = await withSession(page, () => Promise.resolve(), { id: 'cut' });
  expect(after.found).toEqual(whole.messages);
});

test('of two tabs with one session the last that speaks is found; it can be listed, rewound and deleted', async ({
  context,
}) => {
  const [one, other] = await Promise.all([openPage(context, site.own), openPage(context, site.own)]);
  const prompt = (session: api.Session) => session.prompt('Hi', { max_tokens: 2 });
  const both = { id: 'both' };
  await withSession(one, prompt, both);
  const theirs = await withSession(other, prompt, both);
  expect(theirs.messages).toHaveLength(5);
  const listed = await withSession(
    one,
    async (session, { sessions }) => {
      await session.rewind(3);
      const list = await sessions.list();
      const has = await sessions.has('both');
      await sessions.delete('both');
      return { has, stillHas: await sessions.has('both'), entry: list.find(({ id }) => id === 'both') };
    },
    both,
  );
  expect(listed.found).toEqual(theirs.messages);
  expect(listed.result).toMatchObject({ has: true, stillHas: false });
  expect(listed.result.entry?.bytes).toBeGreaterThan(0);
  expect(Date.now() - (listed.result.entry?.lastUse ?? 0)).toBeLessThan(60_000);
  const anew = await withSession(other, () => Promise.resolve(), both);
  expect(anew.found).toEqual([{ role: 'system', content: 'Speak as terns do.' }]);
});

test('storage that is blocked fails no prompt, and the session says so', async ({ context }) => {
  const page = await openPage(context, site.own);
  const add = (file: string, body: string) => site.own.pages.set(file, { type: 'text/javascript', body });
  add('no-storage.js', "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') }");
  add('blocked-worker.js', "import './no-storage.js'; import './worker.js';");
  const blocked = await withSession(page, (session) => session.prompt('Hi', { max_tokens: 2 }), {
    worker: 'blocked-worker.js',
    id: 'blocked',
  });
  expect(blocked).toMatchObject({ persisted: false });
  expect(blocked.messages).toHaveLength(3);
  expect(blocked.notPersistedBecause).toMatch(/storage refused to write/);
});
