import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from '@playwright/test';
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
    const cold = await startOnNewPage(context, page, pack);
    const warm: Awaited<ReturnType<typeof startOnNewPage>>[] = [];
    for (let start = 0; start < WARM_STARTS; start++) warm.push(await startOnNewPage(context, page, pack));
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
        warmPeakHeapBytes: Math.max(...warm.map((start) => start.peakHeapBytes)),
        packBytes: cold.packBytes,
      },
    };
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function startOnNewPage(
  context: BrowserContext,
  address: string,
  pack: string,
): Promise<Start & { peakHeapBytes: number }> {
  const page = await context.newPage();
  try {
    await page.goto(address);
    await page.waitForFunction('globalThis.sternaBench');
    const heap = await HeapWatch.start(page);
    const start = await page.evaluate(async (url) => {
      if (sternaBench === undefined) throw new TypeError('this is not the page of the benchmark');
      return sternaBench.start(url);
    }, pack);
    return { ...start, peakHeapBytes: await heap.stop() };
  } finally {
    await page.close();
  }
}
