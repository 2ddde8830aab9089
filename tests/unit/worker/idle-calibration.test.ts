import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TuningName } from '../../../src/model/plan/candidates';
import { IdleCalibration } from '../../../src/worker/idle-calibration';
import { Turns } from '../../../src/worker/turns';
import { FakeModel } from '../../support/fake-model';

const LONG = 10_000;

function setUp() {
  const model = new FakeModel([]);
  model.canCalibrate = true;
  const turns = new Turns();
  const remembered: TuningName[] = [];
  const ended = new AbortController();
  const remember = (name: TuningName) => {
    remembered.push(name);
    return Promise.resolve();
  };
  const calibration = new IdleCalibration(() => model, turns, remember, ended.signal);
  const answer = () => {
    calibration.want();
    calibration.makeWay()();
  };
  return { model, turns, remembered, ended, calibration, answer };
}

describe('IdleCalibration', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for an answer, and for a while after it', async () => {
    const { model, remembered, calibration, answer } = setUp();
    calibration.makeWay()();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.calibrations.done).toBe(0);
    answer();
    await vi.advanceTimersByTimeAsync(200);
    answer();
    await vi.advanceTimersByTimeAsync(200);
    expect(model.calibrations.done).toBe(0);
    await vi.advanceTimersByTimeAsync(LONG);
    expect(remembered).toEqual(['split']);
    answer();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.calibrations).toEqual({ done: 1, brokenOff: 0 });
  });

  it('waits for all requests to be over', async () => {
    const { model, calibration, answer } = setUp();
    const isOver = calibration.makeWay();
    answer();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.calibrations.done).toBe(0);
    isOver();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.calibrations.done).toBe(1);
  });

  it('gives its turn back to a request, and begins again after it', async () => {
    const { model, turns, remembered, calibration, answer } = setUp();
    model.calibrationRounds = Infinity;
    answer();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.running).toBe(1);
    const isOver = calibration.makeWay();
    const turn = turns.begin(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1);
    const end = await turn;
    expect(model).toMatchObject({ running: 0, calibrations: { done: 0, brokenOff: 1 } });
    model.calibrationRounds = 1;
    await vi.advanceTimersByTimeAsync(LONG);
    expect(remembered).toEqual([]);
    end();
    isOver();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(remembered).toEqual(['split']);
  });

  it('is not tried again when it has failed, and gives its turn back', async () => {
    const { model, turns, remembered, answer } = setUp();
    model.failure = new Error('a driver');
    answer();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.failure).toBeUndefined();
    (await turns.begin(new AbortController().signal))();
    answer();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.calibrations.done).toBe(0);
    expect(remembered).toEqual([]);
  });

  it('does nothing where there is nothing to be tried, or when all is over', async () => {
    const { model, ended, answer } = setUp();
    model.canCalibrate = false;
    answer();
    await vi.advanceTimersByTimeAsync(LONG);
    model.canCalibrate = true;
    answer();
    ended.abort();
    await vi.advanceTimersByTimeAsync(LONG);
    expect(model.calibrations).toEqual({ done: 0, brokenOff: 0 });
  });
});
