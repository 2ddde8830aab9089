import { describe, expect, it } from 'vitest';
import { DeviceLostError, GpuError } from '../../../src/errors';
import { openFake } from '../../support/fake-model';
import { Random } from '../../support/random';
import { tinyPack } from '../../support/tiny-pack';
import { chat, chatRequest, readAll, seed, startEngine } from '../../support/worker-engine';

describe(`losing the device (seed ${seed})`, () => {
  it('starts over when that happens while the model loads', async () => {
    const { model, lose, events, load } = await startEngine();
    model.flush = () => {
      if (model.disposals === 0) lose(new DeviceLostError('gone'));
      return Promise.resolve();
    };
    expect(await load()).toMatchObject({ name: 'tiny' });
    expect(model.disposals).toBe(1);
    await expect.poll(() => events).toEqual([{ kind: 'lost', losses: 1, message: 'gone' }, { kind: 'restored' }]);
  });

  it('frees the model and believes nothing when that happens three times', async () => {
    const { model, lose, store, load } = await startEngine();
    model.flush = () => {
      lose(new DeviceLostError('gone'));
      return Promise.resolve();
    };
    const failure = load();
    await expect(failure).rejects.toThrow(DeviceLostError);
    await expect(failure).rejects.toThrow(/3 times within a minute/);
    expect(model.disposals).toBe(3);
    expect((await store.keys()).map(([, name]) => name)).not.toContain('sterna.json');
  });

  it('goes on when the device is lost, and is over when that happens for the third time within a minute', async () => {
    const { remote, model, lose, events, load } = await startEngine('Hello, world');
    await load();
    for (let losses = 1; losses < 3; losses++) {
      const answer = await chat(remote);
      await answer.next();
      lose(new DeviceLostError('gone'));
      expect(await readAll(answer)).toMatchObject({ reason: 'stop', usage: { completionTokens: 13 } });
      expect(model.disposals).toBe(losses);
      await expect
        .poll(() => events.slice(-2))
        .toEqual([{ kind: 'lost', losses, message: 'gone' }, { kind: 'restored' }]);
    }
    const answer = await chat(remote);
    await answer.next();
    lose(new DeviceLostError('gone'));
    await expect(readAll(answer)).rejects.toThrow(DeviceLostError);
    await expect(chat(remote)).rejects.toThrow(/3 times within a minute/);
    expect(model.disposals).toBe(3);
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'failed' });
  });

  it('goes on when the browser has no GPU for a while after a loss', async () => {
    const { model, begin, load } = await startEngine('Hello, world');
    const { open, lose } = openFake(model);
    let refusals = 0;
    const without = begin(() => (refusals-- > 0 ? Promise.reject(new GpuError('no adapter')) : open()));
    await load(without);
    refusals = 2;
    lose(new DeviceLostError('gone'));
    expect(await readAll(await chat(without))).toMatchObject({ text: 'Hello, world' });
    expect(refusals).toBe(-1);
  });

  it('can be aborted while there is no device, and leaves the next one its turn', async () => {
    const { model, begin, load } = await startEngine('Hello, world');
    const { open, lose } = openFake(model);
    let give: () => void = () => undefined;
    let opening = Promise.resolve();
    const slow = begin(() => opening.then(open));
    await load(slow);
    opening = new Promise((resolve) => (give = resolve));
    const controller = new AbortController();
    const first = readAll(await chat(slow, chatRequest(), controller.signal));
    lose(new DeviceLostError('gone'));
    const second = readAll(await chat(slow));
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    give();
    expect(await second).toMatchObject({ text: 'Hello, world' });
  });

  it('asks the network for nothing that is in storage when the device is lost', async () => {
    const { remote, host, events, lose, load } = await startEngine('Hello, world');
    await load();
    host.log.length = 0;
    lose(new DeviceLostError('gone'));
    await expect.poll(() => events.at(-1)).toEqual({ kind: 'restored' });
    expect(await chat(remote).then(readAll)).toMatchObject({ text: 'Hello, world' });
    expect(host.log).toEqual([]);
  });

  it('is over when the device is lost and the pack that is not in storage is another one by then, or is gone', async () => {
    const another = await startEngine('Hello, world');
    await another.load();
    await another.store.delete(await another.store.keys());
    const { files } = await tinyPack(new Random(seed + 1), { chunkBytes: 1024 });
    for (const [path, bytes] of files) another.host.files.set(path, bytes);
    another.lose(new DeviceLostError('gone'));
    await expect(chat(another.remote).then(readAll)).rejects.toThrow(/changed on the server/);

    const gone = await startEngine('Hello, world');
    await gone.load();
    await gone.store.delete(await gone.store.keys());
    gone.host.files.clear();
    gone.lose(new DeviceLostError('gone'));
    const failure = chat(gone.remote).then(readAll);
    await expect(failure).rejects.toThrow(DeviceLostError);
    await expect(failure).rejects.toThrow(/could not be loaded again: .*404/);
  });
});
