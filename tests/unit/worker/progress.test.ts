import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressMeter, type LoadProgress } from '../../../src/worker/progress';

describe('ProgressMeter', () => {
  const told: LoadProgress[] = [];
  beforeEach(() => {
    told.length = 0;
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function meter(total: number): ProgressMeter {
    return new ProgressMeter(total, (progress) => told.push(progress));
  }

  it('tells each phase at once, more of the same seldom, and the last byte always', () => {
    const progress = meter(100);
    progress.enter('compile');
    for (let bytes = 1; bytes <= 40; bytes++) progress.add(1, 'download');
    vi.advanceTimersByTime(60);
    progress.add(5, 'download');
    progress.add(5, 'download');
    progress.add(50, 'upload');
    expect(told).toEqual([
      { phase: 'compile', bytesDone: 0, bytesTotal: 100 },
      { phase: 'download', bytesDone: 1, bytesTotal: 100 },
      { phase: 'download', bytesDone: 45, bytesTotal: 100 },
      { phase: 'upload', bytesDone: 100, bytesTotal: 100 },
    ]);
  });

  it('never tells the same twice', () => {
    const progress = meter(10);
    progress.add(10, 'download');
    progress.enter('compile');
    progress.enter('compile');
    vi.advanceTimersByTime(1000);
    progress.enter('compile');
    expect(told.map(({ phase }) => phase)).toEqual(['download', 'compile']);
  });
});
