import type { CDPSession, Page } from '@playwright/test';

const INTERVAL = 25;

interface HeapUsage {
  usedSize: number;
  embedderHeapUsedSize?: number;
  backingStorageSize?: number;
}

/** Asks Chromium again and again how much JavaScript memory a page and its workers use, and keeps the most. */
export class HeapWatch {
  #peak = 0;
  #isOver = false;
  #over: Promise<void> | undefined;
  readonly #workers = new Set<string>();
  readonly #waiting = new Map<number, (usage: HeapUsage | undefined) => void>();
  #calls = 0;

  private constructor(private readonly session: CDPSession) {}

  static async start(page: Page): Promise<HeapWatch> {
    const session = await page.context().newCDPSession(page);
    const watch = new HeapWatch(session);
    session.on('Target.attachedToTarget', ({ sessionId }) => watch.#workers.add(sessionId));
    session.on('Target.detachedFromTarget', ({ sessionId }) => watch.#workers.delete(sessionId));
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      watch.#receive(message);
    });
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    watch.#over = watch.#run();
    // A page that is closed before `stop` ends the watch; nobody waits for it then.
    watch.#over.catch(() => undefined);
    return watch;
  }

  /** The most bytes that were in use at once, as far as it was seen. */
  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#over;
    await this.session.detach();
    return this.#peak;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const page: HeapUsage = await this.session.send('Runtime.getHeapUsage');
      const workers = await Promise.all(Array.from(this.#workers, (worker) => this.#ask(worker)));
      const all = [page, ...workers].map((usage) => bytesOf(usage));
      this.#peak = Math.max(
        this.#peak,
        all.reduce((sum, bytes) => sum + bytes, 0),
      );
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }

  /** A worker that ended meanwhile, or one that is busy for long, has no answer. */
  #ask(sessionId: string): Promise<HeapUsage | undefined> {
    const id = ++this.#calls;
    return new Promise((resolve) => {
      const timeout = setTimeout(() => {
        resolve(undefined);
      }, 1000);
      this.#waiting.set(id, (usage) => {
        clearTimeout(timeout);
        resolve(usage);
      });
      const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
      this.session.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => {
        resolve(undefined);
      });
    });
  }

  #receive(message: string): void {
    const { id, result } = JSON.parse(message) as { id?: number; result?: HeapUsage };
    if (id === undefined) return;
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }
}

function bytesOf(usage: HeapUsage | undefined): number {
  if (usage === undefined) return 0;
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = usage;
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}
