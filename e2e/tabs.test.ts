import { expect, test, type BrowserContext } from '@playwright/test';
import { Random } from '../tests/support/random';
import { tinyPack } from '../tests/support/tiny-pack';
import { expectedText } from './faults/expected-text';
import { openPage, startLibrarySites, type LibrarySite } from './faults/library-site';
import { loadInPage, recordNames } from './faults/load-in-page';
import type { Asked, FaultyAnswer } from './faults/pack-host';
import { isSoak, seed } from './support/seed';

const WORKER = 'oracle-worker.js';
test.setTimeout(isSoak ? 600_000 : 90_000);

/** Answers rightly, a while later: so loads of several tabs overlap. */
const slowly: FaultyAnswer = (_, { status, headers, body }, response) => {
  setTimeout(() => response.writeHead(status, headers).end(body), 10);
  return true;
};

/** What was asked for more than once, of all that has a hash. */
function askedTwice(log: readonly Asked[]): string[] {
  const asked = log
    .filter(({ path }) => !path.endsWith('/sterna.json'))
    .map(({ path, from, to }) => `${path} ${from}-${to}`);
  return asked.filter((one, index) => asked.indexOf(one) < index);
}

test.describe('two tabs', () => {
  let site: LibrarySite;
  let packs = 0;
  test.beforeAll(async () => {
    [site] = await startLibrarySites(1);
  });
  test.afterAll(async () => {
    await Promise.all([site.own.stop(), site.foreign.stop()]);
  });

  /** Two pages of one browser and a pack that neither has loaded. */
  async function setUp(context: BrowserContext) {
    const pack = await tinyPack(new Random(seed), { chunkBytes: 2048 });
    const folder = `pack-${packs++}`;
    site.own.packs.set(folder, { files: pack.files, ranges: true, fault: slowly });
    site.own.log.length = 0;
    const pages = [await openPage(context, site.own), await openPage(context, site.own)] as const;
    return { pages, folder, model: `${site.own.url}${folder}/`, text: expectedText(pack, 6) };
  }

  test('that load the same pack at the same time download it once', async ({ context }) => {
    for (let round = 0; round < (isSoak ? 50 : 5); round++) {
      const { pages, model, text } = await setUp(context);
      const endings = await Promise.all(pages.map((page) => loadInPage(page, model, { worker: WORKER })));
      for (const ending of endings) expect(ending).toMatchObject({ kind: 'tokens', text, stored: true });
      expect(askedTwice(site.own.log), `seed ${seed}`).toEqual([]);
      const waited = endings.filter((ending) => ending.kind === 'tokens' && ending.phases.includes('wait'));
      expect(waited).toHaveLength(1);
      await Promise.all(pages.map((page) => page.close()));
    }
  });

  test('need not wait for each other where the pack is stored', async ({ context }) => {
    const { pages, model } = await setUp(context);
    await loadInPage(pages[0], model, { worker: WORKER });
    const endings = await Promise.all(pages.map((page) => loadInPage(page, model, { worker: WORKER })));
    for (const ending of endings) {
      expect(ending).toMatchObject({ kind: 'tokens', downloadedBytes: 0 });
      expect(ending.kind === 'tokens' && ending.phases).not.toContain('wait');
    }
  });

  test('where one is closed: the other goes on from what is there', async ({ context }) => {
    const { pages, model, text } = await setUp(context);
    const first = loadInPage(pages[0], model, { worker: WORKER }).catch(() => undefined);
    await expect.poll(() => recordNames(pages[1], model).then(({ length }) => length)).toBeGreaterThan(5);
    const second = loadInPage(pages[1], model, { worker: WORKER });
    await pages[0].close();
    await first;
    expect(await second).toMatchObject({ kind: 'tokens', text, stored: true });
    // The two requests that were under way when the page was closed.
    expect(askedTwice(site.own.log).length).toBeLessThanOrEqual(2);
  });

  test('where one is paused: the other downloads what is missing, and the first finds it when it goes on', async ({
    context,
  }) => {
    const { pages, model, text } = await setUp(context);
    const load = await pages[0].evaluateHandle(
      async ([model, worker]) => {
        const { createEngine, DownloadControl } = (await import(
          /* @vite-ignore */ `${location.origin}/sterna.js`
        )) as Library;
        const download = new DownloadControl();
        const engine = createEngine({ model, download, worker: new Worker(worker, { type: 'module' }) });
        return { download, engine };
      },
      [model, WORKER] as const,
    );
    await expect.poll(() => recordNames(pages[1], model).then(({ length }) => length)).toBeGreaterThan(5);
    await load.evaluate(({ download }) => {
      download.pause();
    });
    expect(await loadInPage(pages[1], model, { worker: WORKER })).toMatchObject({ kind: 'tokens', text, stored: true });
    const asked = site.own.log.length;
    const isPaused = await load.evaluate(({ download }) => {
      const { isPaused } = download;
      download.resume();
      return isPaused;
    });
    expect(isPaused).toBe(true);
    const { stored, downloadedBytes, packBytes } = await load.evaluate(async ({ engine }) => (await engine).info);
    expect(stored).toBe(true);
    expect(downloadedBytes).toBeGreaterThan(0);
    expect(downloadedBytes).toBeLessThan(packBytes);
    expect(site.own.log).toHaveLength(asked);
    expect(askedTwice(site.own.log).length).toBeLessThanOrEqual(2);
  });

  test('where one deletes what the other loads: that fetches what it lacks, and a later start is whole', async ({
    context,
  }) => {
    const { pages, folder, model, text } = await setUp(context);
    await loadInPage(pages[0], model, { worker: WORKER });
    for (let round = 0; round < 8; round++) {
      const loading = loadInPage(pages[0], model, { worker: WORKER });
      await pages[1].waitForTimeout(10 * round);
      await pages[1].evaluate(deleteRecords, model);
      expect(await loading, `round ${round}`).toMatchObject({ kind: 'tokens', text });
      const names = await recordNames(pages[1], model);
      const hosted = site.own.packs.get(folder);
      site.own.packs.delete(folder);
      const offline = await loadInPage(pages[1], model, { worker: WORKER, patience: { tries: 1 } });
      // Without a host there are tokens exactly where the pack is noted as whole.
      expect(offline.kind, `round ${round}`).toBe(names.includes('sterna.json') ? 'tokens' : 'error');
      if (hosted !== undefined) site.own.packs.set(folder, hosted);
    }
  });

  test('delete a pack only when its download is over', async ({ context }) => {
    const { pages, model, text } = await setUp(context);
    const another = `${site.own.url}another/`;
    const hosted = site.own.packs.get(new URL(model).pathname.split('/')[1]);
    if (hosted !== undefined) site.own.packs.set('another', { files: hosted.files, ranges: true });
    const engine = await pages[1].evaluateHandle(
      async ([another, worker]) => {
        const { createEngine } = (await import(/* @vite-ignore */ `${location.origin}/sterna.js`)) as Library;
        return createEngine({ model: another, worker: new Worker(worker, { type: 'module' }) });
      },
      [another, WORKER] as const,
    );
    const loading = loadInPage(pages[0], model, { worker: WORKER });
    await expect.poll(() => recordNames(pages[1], model).then(({ length }) => length)).toBeGreaterThan(3);
    await engine.evaluate(({ models }, url) => models.delete(url), model);
    const seen = await engine.evaluate(
      async ({ models }, urls) => ({
        list: await models.list(),
        has: await Promise.all(urls.map((url) => models.has(url))),
      }),
      [model, another],
    );
    expect(await loading).toMatchObject({ kind: 'tokens', text, stored: true });
    expect(seen.has).toEqual([false, true]);
    expect(seen.list).toMatchObject([{ model: another, name: 'tiny', isWhole: true }]);
    expect(askedTwice(site.own.log)).toEqual([]);
  });
});

type Library = typeof import('../src/api');

/** As `engine.models.delete` does once it has the lock. */
async function deleteRecords(url: string): Promise<void> {
  await navigator.locks.request(`sterna ${url}`, async () => {
    const request = indexedDB.open('sterna');
    await new Promise((resolve) => (request.onsuccess = resolve));
    const transaction = request.result.transaction('chunks', 'readwrite');
    transaction.objectStore('chunks').delete(IDBKeyRange.bound([url, ''], [url, '\uffff']));
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    request.result.close();
  });
}
