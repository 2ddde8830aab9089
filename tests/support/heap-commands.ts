import type { BrowserCommand } from 'vitest/node';

/** What was seen of the workers' memory. */
interface HeapReport {
  /** The most bytes that a worker held behind ArrayBuffers, garbage included. */
  peak: number;
  samples: number;
}

/** What workers hold when their garbage has been collected, in bytes. */
export interface HeldMemory {
  /** JavaScript's own objects: text, lists of ids. */
  objects: number;
  /** Behind ArrayBuffers: states. */
  buffers: number;
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Watches the memory of the workers that are started from now on, through the DevTools protocol. */
    watchHeap: () => Promise<void>;
    /** What the watched workers hold now. */
    heldMemory: () => Promise<HeldMemory>;
    stopWatchingHeap: () => Promise<HeapReport>;
  }
}

/** How long a worker may be too busy to answer, in milliseconds. */
const PATIENCE = 2000;

interface Usage {
  usedSize: number;
  backingStorageSize: number;
}

const NOTHING: Usage = { usedSize: 0, backingStorageSize: 0 };

let stop: (() => Promise<HeapReport>) | undefined;
let held: (() => Promise<HeldMemory>) | undefined;

const watchHeap: BrowserCommand = async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  const workers = new Set<string>();
  const answers = new Map<number, (usage: Usage) => void>();
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') workers.add(sessionId);
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id: number; result?: Partial<Usage> };
    answers.get(id)?.({ ...NOTHING, ...result });
    answers.delete(id);
  });
  session.on('Target.detachedFromTarget', ({ sessionId }) => {
    workers.delete(sessionId);
    for (const answer of answers.values()) answer(NOTHING);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });

  let id = 0;
  let peak = 0;
  let samples = 0;
  const ask = async (sessionId: string, method: string) => {
    const answer = new Promise<Usage>((resolve) => {
      answers.set(++id, resolve);
      // One that is being ended may never answer.
      setTimeout(resolve, PATIENCE, NOTHING);
    });
    await session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    return answer;
  };
  const sample = async (sessionId: string) => {
    peak = Math.max(peak, (await ask(sessionId, 'Runtime.getHeapUsage')).backingStorageSize);
    samples++;
  };
  held = async () => {
    const sum = { objects: 0, buffers: 0 };
    for (const worker of workers) {
      await ask(worker, 'HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize } = await ask(worker, 'Runtime.getHeapUsage');
      sum.objects += usedSize;
      sum.buffers += backingStorageSize;
    }
    return sum;
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

const heldMemory: BrowserCommand = () => held?.() ?? { objects: 0, buffers: 0 };

export const heapCommands = { watchHeap, heldMemory, stopWatchingHeap };
