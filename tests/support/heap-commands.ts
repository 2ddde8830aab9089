import type { BrowserCommand } from 'vitest/node';

/** What was seen of the workers' memory. */
interface HeapReport {
  /** The most bytes that a worker held behind ArrayBuffers, garbage included. */
  peak: number;
  samples: number;
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Watches the memory of the workers that are started from now on, through the DevTools protocol. */
    watchHeap: () => Promise<void>;
    stopWatchingHeap: () => Promise<HeapReport>;
  }
}

/** How long a worker may be too busy to answer, in milliseconds. */
const PATIENCE = 2000;

let stop: (() => Promise<HeapReport>) | undefined;

const watchHeap: BrowserCommand = async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  const workers = new Set<string>();
  const answers = new Map<number, (bytes: number) => void>();
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') workers.add(sessionId);
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id: number; result?: { backingStorageSize: number } };
    answers.get(id)?.(result?.backingStorageSize ?? 0);
    answers.delete(id);
  });
  session.on('Target.detachedFromTarget', ({ sessionId }) => {
    workers.delete(sessionId);
    for (const answer of answers.values()) answer(0);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });

  let id = 0;
  let peak = 0;
  let samples = 0;
  const sample = async (sessionId: string) => {
    const answer = new Promise<number>((resolve) => {
      answers.set(++id, resolve);
      // One that is being ended may never answer.
      setTimeout(resolve, PATIENCE, 0);
    });
    const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
    await session.send('Target.sendMessageToTarget', { sessionId, message });
    peak = Math.max(peak, await answer);
    samples++;
  };
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      // A worker that has just ended can no longer be asked.
      for (const worker of workers) await sample(worker).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  stop = async () => {
    stopping.abort();
    await watching;
    await session.detach();
    return { peak, samples };
  };
};

const stopWatchingHeap: BrowserCommand = () => stop?.() ?? { peak: 0, samples: 0 };

export const heapCommands = { watchHeap, stopWatchingHeap };
