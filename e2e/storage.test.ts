import { expect, test, type Page } from '@playwright/test';
import { Random } from '../tests/support/random';
import { byteConfig, tinyPack } from '../tests/support/tiny-pack';
import { expectedText } from './faults/expected-text';
import { openPage, startLibrarySites, type LibrarySite } from './faults/library-site';
import { loadInPage, recordNames } from './faults/load-in-page';
import { seed } from './support/seed';

const WORKER = 'oracle-worker.js';
const CHUNK_BYTES = 2048;
const SHARD = 'model-00001-of-00001.safetensors';

test.setTimeout(90_000);

let site: LibrarySite;
let packs = 0;
test.beforeAll(async () => {
  [site] = await startLibrarySites(1);
});
test.afterAll(async () => {
  await Promise.all([site.own.stop(), site.foreign.stop()]);
});

type Pack = Awaited<ReturnType<typeof tinyPack>>;

async function serve(pack?: Pack) {
  const served = pack ?? (await tinyPack(new Random(seed), { chunkBytes: CHUNK_BYTES }));
  const folder = `pack-${packs++}`;
  site.own.packs.set(folder, { files: served.files, ranges: true });
  const manifest = JSON.parse(new TextDecoder().decode(served.files.get('sterna.json'))) as {
    files: { path: string; chunks: string[] }[];
  };
  const hashes = manifest.files.find(({ path }) => path === SHARD)?.chunks ?? [];
  return { model: `${site.own.url}${folder}/`, folder, hashes, text: expectedText(served, 6) };
}

/** The Range of each request for the shard since the last time. */
function takeRanges(): number[] {
  return site.own.log.splice(0).flatMap(({ path, from }) => (path.endsWith(SHARD) ? [from / CHUNK_BYTES] : []));
}

/** What may become of a record. */
type Damage = 'a flipped bit' | 'cut' | 'deleted' | 'text' | 'an ArrayBuffer' | 'longer' | 'empty';

function damage(page: Page, model: string, name: string, kind: Damage): Promise<void> {
  return page.evaluate(
    async ([model, name, kind]) => {
      const request = indexedDB.open('sterna');
      await new Promise((resolve) => (request.onsuccess = resolve));
      const records = () => request.result.transaction('chunks', 'readwrite').objectStore('chunks');
      const key = [model, name];
      const reading = records().get(key);
      await new Promise((resolve) => (reading.onsuccess = resolve));
      const bytes = new Uint8Array(await (reading.result as Blob).arrayBuffer());
      const flipped = bytes.slice();
      flipped[bytes.byteLength >> 1] ^= 4;
      const damaged = {
        'a flipped bit': new Blob([flipped]),
        cut: new Blob([bytes.subarray(0, bytes.byteLength - 3)]),
        text: 'text',
        'an ArrayBuffer': bytes.buffer,
        longer: new Blob([bytes, new Uint8Array(4)]),
        empty: new Blob([]),
      };
      const writing = kind === 'deleted' ? records().delete(key) : records().put(damaged[kind], key);
      await new Promise((resolve) => (writing.onsuccess = resolve));
      request.result.close();
    },
    [model, name, kind] as const,
  );
}

test('a damaged record is found when it is read, and its chunk alone is fetched again', async ({ context }) => {
  const page = await openPage(context, site.own);
  const { model, hashes, text } = await serve();
  await loadInPage(page, model, { worker: WORKER });
  const random = new Random(seed);
  const kinds = ['a flipped bit', 'cut', 'deleted', 'text', 'an ArrayBuffer', 'longer', 'empty'] as const;
  for (const kind of kinds) {
    const index = random.integer(0, hashes.length - 1);
    await damage(page, model, hashes[index], kind);
    takeRanges();
    const what = `${kind}, chunk ${index}, seed ${seed}`;
    const ending = await loadInPage(page, model, { worker: WORKER });
    expect(ending, what).toMatchObject({ kind: 'tokens', text, stored: true });
    expect(takeRanges(), what).toEqual([index]);
    expect(await loadInPage(page, model, { worker: WORKER }), what).toMatchObject({ kind: 'tokens', text });
    expect(takeRanges(), what).toEqual([]);
  }
});

test('a damaged or unknown manifest is written anew, and without a host is refused in plain words', async ({
  context,
}) => {
  const page = await openPage(context, site.own);
  const { model, folder, text } = await serve();
  await loadInPage(page, model, { worker: WORKER });
  takeRanges();
  const offline = { worker: WORKER, patience: { tries: 1 } };
  for (const [version, says] of [
    [0, 'reads packs of version 1, not 0'],
    [2, 'reads packs of version 1, not 2'],
  ] as const) {
    await page.evaluate(
      async ([model, version]) => {
        const request = indexedDB.open('sterna');
        await new Promise((resolve) => (request.onsuccess = resolve));
        const json = new TextEncoder().encode(JSON.stringify({ format: 'sterna-pack', version }));
        const store = request.result.transaction('chunks', 'readwrite').objectStore('chunks');
        const writing = store.put(new Blob([json]), [model, 'sterna.json']);
        await new Promise((resolve) => (writing.onsuccess = resolve));
        request.result.close();
      },
      [model, version] as const,
    );
    const hosted = site.own.packs.get(folder);
    site.own.packs.delete(folder);
    const refused = await loadInPage(page, model, offline);
    expect(refused).toMatchObject({ kind: 'error', name: 'PackError' });
    expect(refused.kind === 'error' && refused.message).toContain(says);
    if (hosted !== undefined) site.own.packs.set(folder, hosted);
    expect(await loadInPage(page, model, { worker: WORKER })).toMatchObject({ kind: 'tokens', text, stored: true });
    expect(takeRanges()).toEqual([]);
    site.own.packs.delete(folder);
    expect(await loadInPage(page, model, offline)).toMatchObject({ kind: 'tokens', text });
    if (hosted !== undefined) site.own.packs.set(folder, hosted);
  }
});

test('a database of another layout, older or newer, is left alone and no load fails', async ({ browser }) => {
  for (const [version, objectStore, isKept] of [
    [1, 'records', false],
    [7, 'records', false],
    [7, 'chunks', true],
  ] as const) {
    const context = await browser.newContext();
    const page = await openPage(context, site.own);
    await page.evaluate(
      async ([version, objectStore]) => {
        const request = indexedDB.open('sterna', version);
        request.onupgradeneeded = () => request.result.createObjectStore(objectStore);
        await new Promise((resolve) => (request.onsuccess = resolve));
        request.result.close();
      },
      [version, objectStore] as const,
    );
    const { model, text } = await serve();
    const ending = await loadInPage(page, model, { worker: WORKER });
    expect(ending).toMatchObject({ kind: 'tokens', text, stored: isKept });
    const reason = ending.kind === 'tokens' ? ending.notStoredBecause : undefined;
    if (isKept) expect(reason).toBeUndefined();
    else expect(reason).toMatch(/storage refused to write/);
    await context.close();
  }
});

test('where IndexedDB is missing, blocked or silent, the pack goes to the GPU and the engine says so', async ({
  context,
}) => {
  const ways = {
    missing: "Object.defineProperty(self, 'indexedDB', { value: undefined })",
    forbidden: "indexedDB.open = () => { throw new DOMException('not here', 'SecurityError') }",
    failing: `indexedDB.open = () => {
      const request = { error: new DOMException('a private window', 'InvalidStateError') };
      setTimeout(() => request.onerror());
      return request;
    }`,
    silent: 'indexedDB.open = () => ({})',
  };
  const page = await openPage(context, site.own);
  const { model, text } = await serve();
  for (const [way, script] of Object.entries(ways)) {
    const add = (file: string, body: string) => site.own.pages.set(file, { type: 'text/javascript', body });
    add(`${way}.js`, script.replaceAll('indexedDB.open', 'IDBFactory.prototype.open'));
    add(`${way}-worker.js`, `import './${way}.js'; import './${WORKER}';`);
    const ending = await loadInPage(page, model, { worker: `${way}-worker.js` });
    expect(ending, way).toMatchObject({ kind: 'tokens', text, stored: false });
    expect(ending.kind === 'tokens' && ending.notStoredBecause, way).toMatch(/storage refused to write/);
  }
});

test('packs are listed and deleted before there is an engine, where there is no WebGPU', async ({ context }) => {
  const page = await openPage(context, site.own);
  const { model } = await serve();
  await loadInPage(page, model, { worker: WORKER });
  const add = (file: string, body: string) => site.own.pages.set(file, { type: 'text/javascript', body });
  const noGpu = "Object.defineProperty(navigator, 'gpu', { value: undefined })";
  add('no-gpu.js', noGpu);
  add('no-gpu-worker.js', "import './no-gpu.js'; import './worker.js';");
  add('no-storage.js', "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') }");
  add('no-storage-worker.js', "import './no-storage.js'; import './worker.js';");
  await page.evaluate(noGpu);
  const told = await page.evaluate(async (model) => {
    type Library = typeof import('../src/api');
    const library = (await import(/* @vite-ignore */ `${location.origin}/sterna.js`)) as Library;
    const { createEngine, storedModels } = library;
    const refused = await createEngine({ model }).catch((error: unknown) => error);
    const by = (file: string) => ({ worker: new Worker(file, { type: 'module' }) });
    const list = await storedModels.list(by('no-gpu-worker.js'));
    const before = [await storedModels.has(model, by('no-gpu-worker.js')), await storedModels.has(model)];
    await storedModels.delete(model, by('no-gpu-worker.js'));
    const after = await storedModels.has(model);
    const blocked = await storedModels.list(by('no-storage-worker.js')).catch((error: unknown) => error);
    const kinds = [refused instanceof library.GpuError, blocked instanceof library.StoreError];
    return { list, before, after, kinds };
  }, model);
  const list = [expect.objectContaining({ model, isWhole: true }) as unknown];
  expect(told).toEqual({ list, before: [true, true], after: false, kinds: [true, true] });
  expect(await recordNames(page, model)).toEqual([]);
});

test.describe('with little room', () => {
  let large: Pack;
  test.beforeAll(async () => {
    // Random floats, as what can be compressed counts for little.
    const config = { ...byteConfig(), hiddenSize: 512, stateSize: 512, layerCount: 1 };
    large = await tinyPack(new Random(seed), { config, chunkBytes: 64 * 1024 });
  });

  /** To be called before a page writes: browsers remember for a while how much room there was. */
  async function setQuota(page: Page, packs: number): Promise<void> {
    const packBytes = [...large.files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const session = await page.context().newCDPSession(page);
    const { origin } = new URL(site.own.url);
    // It holds as long as the session.
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: Math.round(packs * packBytes) });
  }

  test('a pack goes to the GPU without being stored, leaves nothing, and is stored when there is room', async ({
    browser,
  }) => {
    const context = await browser.newContext();
    const page = await openPage(context, site.own);
    const { model, text } = await serve(large);
    await setQuota(page, 0.5);
    for (const settings of [{}, { mayDelete: false }, { mayDelete: true }]) {
      const ending = await loadInPage(page, model, { worker: WORKER, ...settings });
      expect(ending).toMatchObject({ kind: 'tokens', text, stored: false, questions: [] });
      expect(ending.kind === 'tokens' && ending.notStoredBecause).toMatch(/no room left for this/);
      expect(await recordNames(page, model)).toEqual([]);
    }
    await setQuota(page, 50);
    expect(await loadInPage(page, model, { worker: WORKER })).toMatchObject({ kind: 'tokens', text, stored: true });
    await context.close();
  });

  test('the least recently used packs are deleted when the page agrees, and only then', async ({ browser }) => {
    const context = await browser.newContext();
    const page = await openPage(context, site.own);
    await setQuota(page, 3.5);
    const older = await Promise.all([serve(large), serve(large), serve(large)]);
    for (const { model } of older) await loadInPage(page, model, { worker: WORKER });
    await loadInPage(page, older[0].model, { worker: WORKER });
    const { model, text } = await serve(large);

    const refused = await loadInPage(page, model, { worker: WORKER, mayDelete: false });
    expect(refused).toMatchObject({ kind: 'tokens', text, stored: false });
    const candidates = [older[1], older[2], older[0]].map((pack) => ({ model: pack.model, isWhole: true }));
    expect(refused.kind === 'tokens' && refused.questions).toMatchObject([{ model, candidates }]);
    for (const pack of older) expect(await recordNames(page, pack.model)).toContain('sterna.json');

    const agreed = await loadInPage(page, model, { worker: WORKER, mayDelete: true });
    expect(agreed).toMatchObject({ kind: 'tokens', text, stored: true });
    expect(agreed.kind === 'tokens' && agreed.questions).toHaveLength(1);
    expect(await recordNames(page, model)).toContain('sterna.json');
    expect(await recordNames(page, older[1].model)).toEqual([]);
    expect(await recordNames(page, older[0].model)).toContain('sterna.json');
    await context.close();
  });
});
