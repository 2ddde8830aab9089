import { describe, expect, it } from 'vitest';
import * as errors from '../../../../src/errors';
import { packError, unpackError } from '../../../../src/worker/wire/error-envelope';

function acrossTheBorder(thrown: unknown): unknown {
  return unpackError(structuredClone(packError(thrown)));
}

describe('error envelope', () => {
  it.each(Object.entries(errors))('keeps class and fields of %s', (name, Class) => {
    const sent = new Class('is wrong', { file: 'a.json', field: 'b', cause: new TypeError('deep') });
    const error = acrossTheBorder(sent);
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({
      name,
      message: 'a.json: b: is wrong',
      file: 'a.json',
      field: 'b',
      reason: 'is wrong',
    });
    expect(error).toHaveProperty('stack', sent.stack);
    expect((error as Error).cause).toMatchObject({ name: 'TypeError', message: 'deep' });
  });

  it('leaves absent fields absent', () => {
    const error = acrossTheBorder(new errors.GpuError('none'));
    expect(error).toMatchObject({ message: 'none', file: undefined, field: undefined });
    expect(error).not.toHaveProperty('cause');
  });

  it('keeps an AbortError a DOMException', () => {
    const error = acrossTheBorder(new DOMException('stopped', 'AbortError'));
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'AbortError', message: 'stopped' });
  });

  it('keeps name and message of any other error, and plain values as they are', () => {
    const error = acrossTheBorder(new RangeError('too far'));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'RangeError', message: 'too far' });
    expect(acrossTheBorder('text')).toBe('text');
    expect(acrossTheBorder(undefined)).toBeUndefined();
  });
});
