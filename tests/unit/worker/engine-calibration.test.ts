import { describe, expect, it } from 'vitest';
import { chat, readAll, seed, startEngine } from '../../support/worker-engine';

describe(`calibration (seed ${seed})`, () => {
  it('comes after the first answer, and the next start uses what it chose', async () => {
    const { remote, model, tunings, load, loadAgain } = await startEngine('Hello');
    model.canCalibrate = true;
    expect(await load()).toMatchObject({ tuning: 'default' });
    await remote.logits([1], new AbortController().signal);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
    await expect.poll(() => [...tunings.records.values()]).toEqual(['split']);
    expect(model.calibrations).toEqual({ done: 1, brokenOff: 0 });
    expect(await loadAgain()).toMatchObject({ tuning: 'split' });
  });

  it('makes way for a request, which is answered right, and is tried again', async () => {
    const { remote, model, tunings, load } = await startEngine('Hello');
    model.canCalibrate = true;
    model.calibrationRounds = Infinity;
    await load();
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
    await expect.poll(() => model.running).toBe(1);
    expect(await readAll(await chat(remote))).toMatchObject({ text: 'Hello' });
    expect(model.calibrations).toEqual({ done: 0, brokenOff: 1 });
    await expect.poll(() => model.running).toBe(1);
    expect(await remote.logits([1, 2], new AbortController().signal)).toEqual(Float32Array.of(1, 2));
    expect(model.calibrations).toEqual({ done: 0, brokenOff: 2 });
    model.calibrationRounds = 1;
    await expect.poll(() => [...tunings.records.values()]).toEqual(['split']);
  });

  it('ends with the engine', async () => {
    const { remote, model, tunings, load } = await startEngine('Hello');
    model.canCalibrate = true;
    model.calibrationRounds = Infinity;
    await load();
    await readAll(await chat(remote));
    await expect.poll(() => model.running).toBe(1);
    await remote.dispose();
    await expect.poll(() => model.running).toBe(0);
    expect(tunings.records.size).toBe(0);
  });
});
