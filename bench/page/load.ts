import { createEngine } from '../../src/api';
import type { AdapterDescription } from '../../src/gpu/device';

/** One start of an engine on a page, with the page's clock. */
export interface Start {
  adapter: AdapterDescription;
  /** Until the engine is there, and until the first text of an answer is. */
  loadMilliseconds: number;
  firstTokenMilliseconds: number;
  /** Longest task of the page's main thread meanwhile and while it answers; 0 if none took 50 ms. */
  longestTaskMilliseconds: number;
  /** Longest time between two frames of the page meanwhile. */
  longestFrameMilliseconds: number;
  packBytes: number;
}

const ANSWER_TOKENS = 64;
const MESSAGES = [{ role: 'user' as const, content: 'Why do terns fly so far?' }];

/** Starts an engine as an app does, from its storage or from the network, and lets it answer. */
export async function startEngine(model: string): Promise<Start> {
  const tasks = new LongTasks();
  const frames = new Frames();
  const start = performance.now();
  const engine = await createEngine({ model });
  const loadMilliseconds = performance.now() - start;
  let firstTokenMilliseconds: number | undefined;
  const options = { messages: MESSAGES, stream: true as const, max_tokens: ANSWER_TOKENS, temperature: 0.8, seed: 1 };
  for await (const { choices } of await engine.chat.completions.create(options)) {
    if ((choices.at(0)?.delta.content ?? '') !== '') firstTokenMilliseconds ??= performance.now() - start;
  }
  const { adapter, packBytes } = engine.info;
  await engine.dispose();
  if (firstTokenMilliseconds === undefined) throw new RangeError('the answer had no text');
  return {
    adapter,
    packBytes,
    loadMilliseconds,
    firstTokenMilliseconds,
    longestTaskMilliseconds: tasks.longest(),
    longestFrameMilliseconds: frames.longest(),
  };
}

class LongTasks {
  #longest = 0;
  readonly #observer = new PerformanceObserver((list) => {
    this.#take(list.getEntries());
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['longtask'] });
  }

  longest(): number {
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return this.#longest;
  }

  #take(entries: PerformanceEntryList): void {
    for (const { duration } of entries) this.#longest = Math.max(this.#longest, duration);
  }
}

class Frames {
  #longest = 0;
  #last: number | undefined;
  #handle = requestAnimationFrame((time) => {
    this.#frame(time);
  });

  longest(): number {
    cancelAnimationFrame(this.#handle);
    return this.#longest;
  }

  #frame(time: number): void {
    if (this.#last !== undefined) this.#longest = Math.max(this.#longest, time - this.#last);
    this.#last = time;
    this.#handle = requestAnimationFrame((next) => {
      this.#frame(next);
    });
  }
}
