import * as v from 'valibot';
import type { ErrorDetails, SternaError } from '../errors';

/**
 * Checks a value from outside against a schema and returns what the schema makes of it.
 * @param file name of the file that it came from, for messages.
 * @param ErrorClass thrown on the first fault, with the dotted path of the field and the schema's message.
 */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  file: string,
  ErrorClass: new (reason: string, details: ErrorDetails) => SternaError,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  throw new ErrorClass(issue.message, field === null ? { file } : { file, field });
}
