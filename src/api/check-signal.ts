import { RequestError } from '../errors';

/** @throws RequestError */
export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new RequestError('must be an AbortSignal', { field: 'signal' });
  }
}
