import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import type { AdapterDescription } from '../../src/gpu/device';
import { sample } from '../measure/statistics';
import type { Start } from '../page/load';
import type { LoadResult } from '../report/load-result';
import { HeapWatch } from './heap-watch';

const WARM_STARTS = 3;

type LaunchOptions = NonNullable<Parameters<typeof chromium.launch>[0]>;

/**
 * Starts an engine in a browser with an empty profile on disk, so that storage is what it is for a user, then several
 * times on new pages of the same browser.
 * @param page address of the benchmark's page, on the pack's own origin
 * @param pack address of the pack's folder
 */
export async function measureLoad(
  page: string,
  pack: string,
  options: LaunchOptions,
): Promise<{ adapter: AdapterDescription; result: LoadResult }> {
  const profile = await mkdtemp(join(tmpdir(), 'sterna-bench-profile-'));
  const context = await chromium.launchPersistentContext(profile, options);
  try {
    const cold = await watchedStart(context, page, pack);
    const warm: Start[] = [];
    for (let start = 0; start < WARM_STARTS; start++) warm.push(await startOnNewPage(context, page, pack));
    // A start of its own: being asked for its heap takes a worker some time.
    const { peakHeapBytes } = await watchedStart(context, page, pack);
    const all = [cold, ...warm];
    return {
      adapter: cold.adapter,
      result: {
        coldMilliseconds: cold.firstTokenMilliseconds,
        coldLoadMilliseconds: cold.loadMilliseconds,
        warmMilliseconds: sample(warm.map((start) => start.firstTokenMilliseconds)),
        warmLoadMilliseconds: sample(warm.map((start) => start.loadMilliseconds)),
        longestTaskMilliseconds: Math.max(...all.map((start) => start.longestTaskMilliseconds)),
        longestFrameMilliseconds: Math.max(...all.map((start) => start.longestFrameMilliseconds)),
        coldPeakHeapBytes: cold.peakHeapBytes,
        warmPeakHeapBytes: peakHeapBytes,
        packBytes: cold.packBytes,
      },
    };
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function watchedStart(
  context: BrowserContext,
  address: string,
  pack: string,
): Promise<Start & { peakHeapBytes: number }> {
  let heap: HeapWatch | undefined;
  let peakHeapBytes = 0;
  const start = await startOnNewPage(context, address, pack, {
    before: async (page) => {
      heap = await HeapWatch.start(page);
    },
    after: async () => {
      peakHeapBytes = (await heap?.stop()) ?? 0;
    },
  });
  return { ...start, peakHeapBytes };
}

async function startOnNewPage(
  context: BrowserContext,
  address: string,
  pack: string,
  around?: { before: (page: Page) => Promise<void>; after: () => Promise<void> },
): Promise<Start> {
  const page = await context.newPage();
  try {
    await page.goto(address);
    await page.waitForFunction('globalThis.sternaBench');
    await around?.before(page);
    const start = await page.evaluate(async (url) => {
      if (sternaBench === undefined) throw new TypeError('this is not the page of the benchmark');
      return sternaBench.start(url);
    }, pack);
    await around?.after();
    return start;
  } finally {
    await page.close();
  }
}
