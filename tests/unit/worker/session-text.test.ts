import { describe, expect, it } from 'vitest';
import {
  goneOn,
  MOST_STATES,
  NOTHING_READ,
  pointAt,
  rewound,
  TextRun,
  type SessionText,
} from '../../../src/worker/session-text';

/** States are told apart by their one value. */
const stateOf = (value: number) => Float32Array.of(value);
const ids = (count: number) => Array.from({ length: count }, (_, index) => index);
const lengths = ({ points }: SessionText) => points.map(({ length }) => length);

/** A text that was read in steps, each a message. */
function text(...steps: number[]): SessionText {
  const read = (before: SessionText, length: number, index: number) =>
    goneOn(before, { ids: ids(length), state: stateOf(length) }, index + 1);
  return steps.reduce(read, NOTHING_READ);
}

describe('what a session has read', () => {
  it('keeps so many states and no more, the first and the last ones', () => {
    const steps = Array.from({ length: 100 }, (_, index) => 10 + index);
    const long = text(...steps);
    expect(lengths(long)).toEqual([10, ...steps.slice(-MOST_STATES + 1)]);
    expect(long.ids).toEqual(ids(109));
  });

  it('keeps what the new text begins with, where it is another one', () => {
    const other = [0, 1, 2, 3, 77, 78];
    const gone = goneOn(text(2, 4, 5, 9), { ids: other, state: stateOf(6) }, 2);
    expect(gone.ids).toEqual(other);
    expect(gone.points).toEqual([...text(2, 4).points, { length: 6, messages: 2, state: stateOf(6) }]);
  });

  it('goes back to the messages that are left, and forgets the ids of others', () => {
    const long = text(2, 4, 9);
    expect(rewound(long, 2)).toEqual(text(2, 4));
    expect(rewound(long, 3)).toEqual(long);
    expect(rewound(long, 0)).toEqual(NOTHING_READ);
  });

  it('has the state of exactly these ids, or none', () => {
    const long = text(2, 4);
    expect(pointAt(long, ids(4))?.state).toEqual(stateOf(4));
    for (const wanted of [ids(3), ids(5), [0, 9], []]) expect(pointAt(long, wanted)).toBeUndefined();
  });
});

describe('a run of the model', () => {
  const resolved = (value: number) => Promise.resolve(stateOf(value));

  it('begins with the longest known state that leaves a token to feed', () => {
    const run = new TextRun(() => [text(2, 4), text(3), text(6)]);
    expect(run.longestPrefix(ids(7))).toEqual({ ids: ids(6), state: stateOf(6) });
    expect(run.longestPrefix(ids(4))).toEqual({ ids: ids(3), state: stateOf(3) });
    expect(run.longestPrefix([0, 1, 9])).toEqual({ ids: [0, 1], state: stateOf(2) });
    expect(run.longestPrefix([9, 9])).toBeUndefined();
    expect(run.longestPrefix(ids(2))).toBeUndefined();
  });

  it('leaves the states of the prompt and of the end, also where the device was lost between', async () => {
    const run = new TextRun(() => []);
    run.longestPrefix(ids(5));
    run.keep(ids(5), resolved(5));
    run.keep(ids(8), resolved(8));
    // On another device the prompt is all that was sampled by then.
    run.longestPrefix(ids(10));
    run.keep(ids(10), resolved(10));
    run.keep(ids(12), resolved(12));
    const after = await run.textAfter(text(2), 3, true);
    expect(after).toEqual({
      ids: ids(12),
      points: [
        { length: 2, messages: 1, state: stateOf(2) },
        { length: 5, messages: 2, state: stateOf(5) },
        { length: 12, messages: 3, state: stateOf(12) },
      ],
    });
  });

  it('leaves what it has where a state cannot be read', async () => {
    const run = new TextRun(() => []);
    run.longestPrefix(ids(5));
    run.keep(ids(5), resolved(5));
    run.keep(ids(8), Promise.reject(new Error('lost')));
    expect(lengths(await run.textAfter(text(2), 2, true))).toEqual([2, 5]);
    expect(await new TextRun(() => []).textAfter(text(2), 2, false)).toEqual(text(2));
  });
});
