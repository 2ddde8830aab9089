import { expect } from 'vitest';
import { SternaError } from '../../src/errors';

type ErrorClass = abstract new (...args: never[]) => SternaError;

/** A message that a person reads ends somewhere, whatever the input. */
const LONGEST_MESSAGE = 2000;

/**
 * What `run` makes of hostile input; undefined where it throws one of these errors, whose message names `place`.
 * Anything else that is thrown fails the test.
 */
export function resultOrRefusal<Result>(
  run: () => Result,
  classes: readonly ErrorClass[],
  place?: string,
): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SternaError) || !classes.some((one) => error instanceof one)) throw error;
    expect(error.reason).not.toBe('');
    expect(error.message.length).toBeLessThan(LONGEST_MESSAGE);
    if (place !== undefined) expect(error.message).toContain(place);
    return undefined;
  }
}
