import { releaseProxy } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import { RequestError } from '../../../../src/errors';
import { CallSignal } from '../../../../src/worker/wire/signal';
import { offerStream, readStream } from '../../../../src/worker/wire/stream';
import { unlessAborted } from '../../../../src/worker/wire/unless-aborted';
import { openBorder } from '../../../support/border';

let closeBorder: (() => void) | undefined;
afterEach(() => {
  closeBorder?.();
});

function open<Exposed>(exposed: Exposed) {
  const { remote, close } = openBorder(exposed);
  closeBorder = close;
  return remote;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

describe('signal', () => {
  it('reaches the other side and comes back as an AbortError', async () => {
    const remote = open({ wait: untilAborted });
    const controller = new AbortController();
    const call = new CallSignal(controller.signal);
    const answer = remote.wait(call.signal);
    setTimeout(() => {
      controller.abort(new Error('my reason'));
    }, 10);
    const thrown: unknown = await answer.catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(DOMException);
    expect(thrown).toMatchObject({ name: 'AbortError' });
    expect(call.reasonFor(thrown)).toBe(controller.signal.reason);
  });

  it('reaches the other side when it was aborted before', async () => {
    const remote = open({ wait: untilAborted });
    await expect(remote.wait(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('throws the reason of a signal that is aborted before the call', () => {
    expect(() => new CallSignal(AbortSignal.abort('no'))).toThrow('no');
  });

  it('leaves nothing on the caller’s signal, and ends the other side’s, when the call is over', async () => {
    const outer = new AbortController();
    let listeners = 0;
    const { signal } = outer;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const ended: Promise<unknown>[] = [];
    const remote = open({
      note: (inner: AbortSignal) => {
        ended.push(untilAborted(inner).catch(() => 'ended'));
      },
    });
    for (let round = 0; round < 5; round++) {
      const call = new CallSignal(signal);
      await remote.note(call.signal);
      call.end();
    }
    expect(listeners).toBe(0);
    expect(await Promise.all(ended)).toEqual(Array(5).fill('ended'));
  });
});

describe('thrown errors', () => {
  it('keep their class over comlink', async () => {
    const remote = open({
      refuse: () => {
        throw new RequestError('must be positive', { field: 'max_tokens' });
      },
    });
    const answer = remote.refuse();
    await expect(answer).rejects.toThrow(RequestError);
    await expect(answer).rejects.toMatchObject({ field: 'max_tokens' });
  });
});

describe('stream', () => {
  const seen: string[] = [];

  async function* counting(last: number) {
    seen.length = 0;
    try {
      for (let value = 1; value <= last; value++) {
        await Promise.resolve();
        yield value;
      }
      seen.push('ran out');
    } finally {
      seen.push('cleaned up');
    }
  }

  function offering(generator: () => AsyncGenerator<number, void, undefined>) {
    const remote = open({ stream: () => offerStream(generator()) });
    const outer = new AbortController();
    const call = new CallSignal(outer.signal);
    const start = async () => readStream<number>(await remote.stream(), unlessAborted, call);
    const abort = () => {
      outer.abort(new Error('enough'));
    };
    return { start, abort, ended: () => call.signal.aborted };
  }

  it('gives all items in order', async () => {
    const { start, ended } = offering(() => counting(3));
    const items: number[] = [];
    for await (const item of await start()) items.push(item);
    expect(items).toEqual([1, 2, 3]);
    expect(seen).toEqual(['ran out', 'cleaned up']);
    expect(ended()).toBe(true);
  });

  it('runs the other side’s finally when the reader breaks off', async () => {
    const { start, ended } = offering(() => counting(1000));
    for await (const item of await start()) if (item === 2) break;
    expect(seen).toEqual(['cleaned up']);
    expect(ended()).toBe(true);
  });

  it('runs the other side’s finally when the reader throws', async () => {
    const { start } = offering(() => counting(1000));
    const reading = async () => {
      for await (const item of await start()) if (item === 2) throw new Error('mine');
    };
    await expect(reading()).rejects.toThrow('mine');
    expect(seen).toEqual(['cleaned up']);
  });

  it('passes on what the other side throws, once', async () => {
    const { start, ended } = offering(async function* () {
      yield await Promise.resolve(1);
      throw new RequestError('no');
    });
    const stream = await start();
    await stream.next();
    await expect(stream.next()).rejects.toThrow(RequestError);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(ended()).toBe(true);
  });

  it('rejects at once when it is aborted, while the other side may go on for a while', async () => {
    let give: (() => void) | undefined;
    const { start, abort } = offering(async function* () {
      yield 1;
      try {
        await new Promise<void>((resolve) => (give = resolve));
        yield 2;
      } finally {
        seen.push('cleaned up late');
      }
    });
    const stream = await start();
    await stream.next();
    seen.length = 0;
    const step = stream.next();
    await expect.poll(() => give).toBeDefined();
    abort();
    await expect(step).rejects.toThrow('enough');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    give?.();
    await expect.poll(() => seen).toEqual(['cleaned up late']);
  });

  it('is ended on the other side when it is aborted and nobody asks for a step any more', async () => {
    const { start, abort } = offering(() => counting(1000));
    const stream = await start();
    await stream.next();
    abort();
    await expect.poll(() => seen).toEqual(['cleaned up']);
    await expect(stream.next()).rejects.toThrow('enough');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('can be ended before it was begun, and twice', async () => {
    const { start, ended } = offering(() => counting(3));
    const stream = await start();
    await stream.return();
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(ended()).toBe(true);
  });

  it('is ended on the other side when its proxy is released', async () => {
    const remote = open({ stream: () => offerStream(counting(1000)) });
    const end = await remote.stream();
    await end.next();
    end[releaseProxy]();
    await expect.poll(() => seen).toEqual(['cleaned up']);
  });
});
