import { RequestError } from '../errors';

/** More than any parameter has. */
const DEEPEST = 64;

/**
 * Copies plain data out of whatever holds it (the reactive objects of page frameworks too, which a browser refuses to
 * send to a worker); entries that are undefined are left out.
 * @param field where the value is, for messages
 * @throws RequestError naming the field that is no data, or is nested without end.
 */
export function plainCopy<Value>(value: Value, field = '', within: readonly unknown[] = []): Value {
  const refuse = (reason: string): never => {
    throw new RequestError(reason, field === '' ? {} : { field });
  };
  if (typeof value === 'function' || typeof value === 'symbol') refuse(`is a ${typeof value}, not data`);
  if (typeof value !== 'object' || value === null) return value;
  if (within.length === DEEPEST || within.includes(value)) refuse('is nested too deeply, or within itself');
  const copy = (entry: unknown, place: string) => plainCopy(entry, place, [...within, value]);
  if (Array.isArray(value)) return value.map((entry, index) => copy(entry, `${field}[${index}]`)) as Value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([name, entry]) => [name, copy(entry, field === '' ? name : `${field}.${name}`)]),
  ) as Value;
}
