import { readFile } from 'node:fs/promises';
import type { BrowserCommand } from 'vitest/node';

/** What is held at a moment, in bytes. */
export interface HeldMemory {
  /** JavaScript of the page, without garbage. */
  heap: number;
  /** Resident memory of the browser's GPU process; 0 where the system does not tell. */
  gpuProcess: number;
  /** Workers of the page that are there. */
  workers: number;
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Collects garbage, and looks from outside at what the page holds. */
    heldMemory: () => Promise<HeldMemory>;
  }
}

const PAGE_BYTES = 4096;

const heldMemory: BrowserCommand = async ({ page }): Promise<HeldMemory> => {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { heap: usedSize, gpuProcess: await gpuProcessBytes(page), workers: page.workers().length };
  } finally {
    await session.detach();
  }
};

type Page = Parameters<typeof heldMemory>[0]['page'];

async function gpuProcessBytes(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  if (session === undefined) return 0;
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const id = processInfo.find(({ type }) => type === 'GPU')?.id;
    if (id === undefined) return 0;
    const [, resident] = (await readFile(`/proc/${id}/statm`, 'utf8')).split(' ');
    return Number(resident) * PAGE_BYTES;
  } catch {
    // No Linux, or the process has just ended.
    return 0;
  } finally {
    await session.detach();
  }
}

export const memoryCommands = { heldMemory };
