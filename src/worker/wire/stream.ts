import { finalizer, proxy, releaseProxy, type ProxyMarked, type Remote } from 'comlink';

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

/**
 * Reads a stream that the other side offers, once. Ends it there when the reader stops early, and releases it in all cases.
 * @param call awaits an answer of the other side, and rejects where none can come any more.
 * @param onEnd is called once, after the last step.
 */
export function readStream<Item>(
  remote: Remote<StreamEnd<Item>>,
  call: <Result>(answer: Promise<Result>) => Promise<Result>,
  onEnd: () => void,
): AsyncIterableIterator<Item, void, undefined> {
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    remote[releaseProxy]();
    onEnd();
  };
  return {
    async next() {
      if (!open) return { done: true, value: undefined };
      try {
        const step = await call(remote.next() as Promise<StreamStep<Item>>);
        if (!step.done) return step;
      } catch (error) {
        close();
        throw error;
      }
      close();
      return { done: true, value: undefined };
    },
    async return() {
      try {
        if (open) await call(remote.return());
      } finally {
        close();
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
