import { finalizer, proxy, releaseProxy, type ProxyMarked, type Remote } from 'comlink';
import type { CallSignal } from './signal';

/** One step of a stream. */
export type StreamStep<Item> = { done: false; value: Item } | { done: true };

/** An async generator as the other side of the border sees it. */
export interface StreamEnd<Item> extends ProxyMarked {
  next(): Promise<StreamStep<Item>>;
  return(): Promise<void>;
}

/** Offers a generator to the other side. It is ended when the other side says so or lets go of it. */
export function offerStream<Item>(items: AsyncGenerator<Item, void, undefined>): StreamEnd<Item> {
  const end = async () => {
    await items.return();
  };
  return proxy({
    async next(): Promise<StreamStep<Item>> {
      const step = await items.next();
      return step.done === true ? { done: true } : { done: false, value: step.value };
    },
    return: end,
    [finalizer]: () => {
      // Nobody is left to hear of a failure.
      end().catch(() => undefined);
    },
  });
}

/** Awaits an answer of the other side; rejects where none can come any more, and at once when a signal is aborted. */
export type Await = <Result>(answer: Promise<Result>, ...signals: AbortSignal[]) => Promise<Result>;

/** A stream as its reader sees it: to be read once; `return` ends it wherever it is, and never fails. */
export interface StreamReader<Item> extends AsyncIterableIterator<Item, undefined, undefined> {
  return(): Promise<IteratorResult<Item, undefined>>;
}

/**
 * Reads a stream that the other side offers. Released there in all cases; `call` is over when the stream is. An abort ends
 * both at once, also where nobody asks for a step, and the reader is told by the next one.
 */
export function readStream<Item>(remote: Remote<StreamEnd<Item>>, answer: Await, call: CallSignal): StreamReader<Item> {
  const done = { done: true, value: undefined } as const;
  let phase: 'open' | 'aborted' | 'leaving' | 'closed' = 'open';
  const isIn = (asked: typeof phase) => phase === asked;
  const close = () => {
    if (isIn('closed')) return done;
    if (!isIn('aborted')) remote[releaseProxy]();
    phase = 'closed';
    call.end();
    return done;
  };
  const { signal } = call;
  signal.addEventListener('abort', () => {
    if (!isIn('open')) return;
    phase = 'aborted';
    remote[releaseProxy]();
  });
  return {
    async next() {
      if (isIn('leaving') || isIn('closed')) return done;
      try {
        signal.throwIfAborted();
        const step = await answer(remote.next() as Promise<StreamStep<Item>>, signal);
        if (!step.done) return step;
      } catch (error) {
        if (!isIn('leaving')) {
          close();
          throw call.reasonFor(error);
        }
      }
      // Closing would take the answer away that the one who leaves waits for.
      return isIn('leaving') ? done : close();
    },
    async return() {
      if (!isIn('open')) return close();
      phase = 'leaving';
      // A step that is under way need not be waited for.
      call.end();
      // Whoever leaves early is owed no news of how the other side ended.
      await answer(remote.return()).catch(() => undefined);
      return close();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
