import { describe, expect, it } from 'vitest';
import { buildCandidates, calibrate } from '../../../src/model/plan/calibrate';

const never = new AbortController().signal;

/** A clock that only runs advance, and a runner whose steps take as long as it is told. */
function fakes(stepMilliseconds: Record<string, number>, roundMilliseconds = 0) {
  let now = 0;
  const rounds: { name: string; steps: number; milliseconds: number }[] = [];
  const run = (name: string, steps: number) => {
    const milliseconds = roundMilliseconds + steps * stepMilliseconds[name];
    rounds.push({ name, steps, milliseconds });
    now += milliseconds;
    return Promise.resolve();
  };
  return { run, clock: () => now, rounds, names: Object.keys(stepMilliseconds) };
}

describe('calibrate', () => {
  it('chooses the fastest, and tells what each took', async () => {
    const { names, run, clock } = fakes({ default: 2, slow: 3, fast: 1, faster: 0.5 });
    const { chosen, timings } = await calibrate(names, run, clock, never);
    expect(chosen).toBe('faster');
    expect(timings.map(({ name, stepMilliseconds }) => [name, stepMilliseconds])).toEqual([
      ['default', 2],
      ['slow', 3],
      ['fast', 1],
      ['faster', 0.5],
    ]);
  });

  it.each([
    [0.96, 'default'],
    [0.94, 'other'],
  ])('leaves the default only for a gain of 5 in 100: a step of %f of its time', async (share, expected) => {
    const { names, run, clock } = fakes({ default: 1, other: share });
    expect((await calibrate(names, run, clock, never)).chosen).toBe(expected);
  });

  it('measures each for the time that was asked for, in alternating rounds of some 25 ms', async () => {
    const { names, run, clock, rounds } = fakes({ default: 0.4, other: 7 });
    const { timings } = await calibrate(names, run, clock, never, 100);
    for (const { name, rounds: count } of timings) {
      const measured = rounds.filter((round) => round.name === name).slice(-count);
      expect(measured.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeGreaterThanOrEqual(100);
      expect(measured.every(({ milliseconds }) => milliseconds > 12 && milliseconds <= 26)).toBe(true);
    }
    expect(rounds.slice(0, 4).map(({ name }) => name)).toEqual(['default', 'other', 'default', 'other']);
  });

  it('is not deceived by what a round costs beside its steps, or by a round that was disturbed', async () => {
    const { names, run, clock, rounds } = fakes({ default: 0.5, other: 0.4 }, 2);
    let disturbances = 0;
    const disturbed = async (name: string, steps: number) => {
      await run(name, steps);
      if (name === 'other' && rounds.length % 7 === 0 && disturbances++ < 2) await run(name, 200);
    };
    expect((await calibrate(names, disturbed, clock, never)).chosen).toBe('other');
  });

  it('takes three rounds of one step where a step is long', async () => {
    const { names, run, clock, rounds } = fakes({ default: 400, other: 500 });
    const { chosen, timings } = await calibrate(names, run, clock, never);
    expect(chosen).toBe('default');
    expect(timings.map((timing) => timing.rounds)).toEqual([3, 3]);
    expect(rounds.every(({ steps }) => steps === 1)).toBe(true);
  });

  it('stops after the round in which it is aborted', async () => {
    const { names, run, clock, rounds } = fakes({ default: 1, other: 2 });
    const controller = new AbortController();
    const until = (name: string, steps: number) => {
      if (rounds.length === 5) controller.abort(new Error('a request'));
      return run(name, steps);
    };
    await expect(calibrate(names, until, clock, controller.signal)).rejects.toThrow('a request');
    expect(rounds).toHaveLength(6);
  });

  it('fails where a run fails', async () => {
    const failure = () => Promise.reject(new Error('lost'));
    await expect(calibrate(['default'], failure, () => 0, never)).rejects.toThrow('lost');
  });
});

describe('buildCandidates', () => {
  it('leaves out what fails, and begins none after it was aborted; what is built stays', async () => {
    const built = new Map<string, number | undefined>();
    const controller = new AbortController();
    const begun: string[] = [];
    const build = (name: string) => {
      begun.push(name);
      if (name === 'third') controller.abort(new Error('a request'));
      return name === 'second' ? Promise.reject(new Error('does not compile')) : Promise.resolve(name.length);
    };
    const names = ['first', 'second', 'third', 'fourth'];
    await expect(buildCandidates(names, build, built, controller.signal)).rejects.toThrow('a request');
    expect(begun).toEqual(['first', 'second', 'third']);
    await buildCandidates(names, build, built, never);
    expect(begun).toEqual(names);
    expect([...built]).toEqual([
      ['first', 5],
      ['second', undefined],
      ['third', 5],
      ['fourth', 6],
    ]);
  });
});
