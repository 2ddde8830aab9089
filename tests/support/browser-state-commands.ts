import { readFile } from 'node:fs/promises';
import type { BrowserCommand } from 'vitest/node';

/** What a page holds and has done at a moment, as seen from outside. */
export interface BrowserState {
  /** Bytes of the page's JavaScript, without garbage. */
  heap: number;
  /** Resident bytes of the browser's GPU process, and the processor time that it has taken, in seconds; 0 where the system does not tell. */
  gpuBytes: number;
  gpuSeconds: number;
  /** Workers of the page that are there. */
  workers: number;
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Collects garbage, and looks at the page from outside. */
    browserState: () => Promise<BrowserState>;
    /** Ends the browser's GPU process, as a driver's fault does; the browser starts another one. */
    crashGpuProcess: () => Promise<void>;
  }
}

/** As Linux counts for programs: clock ticks a second, and bytes of a page of memory. */
const TICKS = 100;
const PAGE_BYTES = 4096;

const browserState: BrowserCommand = async ({ page }): Promise<BrowserState> => {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { heap: usedSize, ...(await gpuProcess(page)), workers: page.workers().length };
  } finally {
    await session.detach();
  }
};

type Page = Parameters<typeof browserState>[0]['page'];

async function gpuProcess(page: Page): Promise<Pick<BrowserState, 'gpuBytes' | 'gpuSeconds'>> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  try {
    const processes = (await session?.send('SystemInfo.getProcessInfo'))?.processInfo;
    const id = processes?.find(({ type }) => type === 'GPU')?.id;
    const [memory, times] = await Promise.all(['statm', 'stat'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8')));
    const [, resident] = memory.split(' ');
    // Behind the program's name, which may have spaces: its state is the third field, its times are the 14th and 15th.
    const fields = times.slice(times.lastIndexOf(')') + 2).split(' ');
    return { gpuBytes: Number(resident) * PAGE_BYTES, gpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
  } catch {
    // No Linux, or the process has just ended.
    return { gpuBytes: 0, gpuSeconds: 0 };
  } finally {
    await session?.detach();
  }
}

const crashGpuProcess: BrowserCommand = async ({ page }) => {
  const session = await page.context().browser()?.newBrowserCDPSession();
  await session?.send('Browser.crashGpuProcess');
  await session?.detach();
};

export const browserStateCommands = { browserState, crashGpuProcess };
