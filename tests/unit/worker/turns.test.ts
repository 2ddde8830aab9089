import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/worker/turns';

const never = new AbortController().signal;

describe('Turns', () => {
  it('lets callers in one at a time, in order', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    let inside = 0;
    const work = async (name: string) => {
      const end = await turns.begin(never);
      expect(++inside).toBe(1);
      seen.push(name);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
      end();
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets one who gives up while waiting go at once, and keeps the order of the others', async () => {
    const turns = new Turns();
    const endFirst = await turns.begin(never);
    const controller = new AbortController();
    const second = turns.begin(controller.signal);
    let isThirdIn = false;
    const third = turns.begin(never).then((end) => {
      isThirdIn = true;
      return end;
    });
    controller.abort(new Error('gave up'));
    await expect(second).rejects.toThrow('gave up');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isThirdIn).toBe(false);
    endFirst();
    (await third)();
    (await turns.begin(never))();
  });

  it('refuses one who has given up before', async () => {
    const turns = new Turns();
    await expect(turns.begin(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    (await turns.begin(never))();
  });
});
