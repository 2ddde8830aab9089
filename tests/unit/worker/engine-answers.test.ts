import { describe, expect, it } from 'vitest';
import { DeviceLostError, DisposedError, TokenizerError } from '../../../src/errors';
import { chat, chatRequest, readAll, seed, startEngine } from '../../support/worker-engine';

describe(`answering (seed ${seed})`, () => {
  it('gives the answer’s text, how it ended, and what it took', async () => {
    const { remote, model, load } = await startEngine('Hello!');
    await load();
    const { text, reason, usage } = await readAll(await chat(remote));
    expect({ text, reason }).toEqual({ text: 'Hello!', reason: 'stop' });
    const prompt = '<user Hi>' + '<assistant ';
    expect(usage).toMatchObject({ promptTokens: prompt.length, cachedTokens: 0, completionTokens: 7 });
    expect(model.ended).toEqual([7]);
  });

  it('ends at the greatest length', async () => {
    const { remote, model, load } = await startEngine('Hello!');
    await load();
    expect(await readAll(await chat(remote, chatRequest({ max_tokens: 3 })))).toMatchObject({
      text: 'Hel',
      reason: 'length',
    });
    expect(model.ended).toEqual([3]);
  });

  it('ends at a stop string and gives the model the tokens before it to go on from', async () => {
    const { remote, model, load } = await startEngine('Hello, world');
    await load();
    expect(await readAll(await chat(remote, chatRequest({ stop: ', w' })))).toMatchObject({
      text: 'Hello',
      reason: 'stop',
    });
    expect(model.ended).toEqual([5]);
  });

  it('ends the generation when the reader leaves', async () => {
    const { remote, model, load } = await startEngine('Hello, world');
    await load();
    for await (const event of await chat(remote)) if (event.kind === 'text') break;
    expect(model).toMatchObject({ ended: [2], running: 0 });
  });

  it('ends the generation when it is aborted, with the caller’s reason', async () => {
    const { remote, model, load } = await startEngine('Hello, world');
    await load();
    const controller = new AbortController();
    const reading = readAll(await chat(remote, chatRequest(), controller.signal));
    model.onStep = () => {
      if (model.ended.length === 0) controller.abort(new Error('enough'));
    };
    await expect(reading).rejects.toThrow('enough');
    await expect.poll(() => model.running).toBe(0);
    expect(model.ended).toHaveLength(1);
  });

  it('ends the generation when a step fails, and answers the next request', async () => {
    const { remote, model, load } = await startEngine('Hello');
    await load();
    const events = await chat(remote);
    await events.next();
    model.failure = new DeviceLostError('gone');
    await expect(readAll(events)).rejects.toThrow(DeviceLostError);
    expect(model.ended).toHaveLength(1);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
  });

  it('answers concurrent requests one after the other, whatever becomes of each', async () => {
    const { remote, model, load } = await startEngine('Hello, world');
    await load();
    const controller = new AbortController();
    const requests = [
      chat(remote).then(readAll),
      chat(remote, chatRequest(), controller.signal).then(readAll),
      remote.logits([1, 2], new AbortController().signal),
      chat(remote, chatRequest({ max_tokens: 1 })).then(readAll),
    ] as const;
    controller.abort(new Error('not I'));
    const [first, second, logits, last] = await Promise.allSettled(requests);
    expect(first).toMatchObject({ status: 'fulfilled', value: { text: 'Hello, world' } });
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'not I' } });
    expect(logits).toMatchObject({ status: 'fulfilled', value: Float32Array.of(1, 2) });
    expect(last).toMatchObject({ status: 'fulfilled', value: { text: 'H' } });
    expect(model.running).toBe(0);
  });

  it('lets one go who leaves while waiting for a turn', async () => {
    const { remote, load } = await startEngine('Hello');
    await load();
    const first = await chat(remote);
    await first.next();
    const second = await chat(remote);
    const step = second.next();
    await second.return();
    expect(await step).toEqual({ done: true, value: undefined });
    expect(await readAll(first)).toMatchObject({ reason: 'stop' });
  });

  it('waits for nobody who has not asked for a first step', async () => {
    const { remote, load } = await startEngine('Hello');
    await load();
    await chat(remote);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
  });

  it('is refused with a TokenizerError by a model without a tokenizer, which still gives logits', async () => {
    const { remote, load } = await startEngine('', { withoutText: true });
    expect(await load()).toMatchObject({ hasTokenizer: false });
    await expect(chat(remote)).rejects.toThrow(TokenizerError);
    expect(await remote.logits([3], new AbortController().signal)).toEqual(Float32Array.of(3));
  });

  it('is over when the engine is disposed of', async () => {
    const { remote, model, load } = await startEngine('Hello, world');
    await load();
    const events = await chat(remote);
    await events.next();
    await remote.dispose();
    await expect(readAll(events)).rejects.toThrow(DisposedError);
    expect(model.disposals).toBe(1);
  });
});
