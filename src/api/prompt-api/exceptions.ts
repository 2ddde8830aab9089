import { DownloadError, GpuError, RequestError, SternaError } from '../index';

/** How the engine names a constraint, and its place in it. */
const CONSTRAINT = /^response_format(\.json_schema\.schema|\.pattern)?/;

/** What cannot be done, by its name. */
export function notSupported(what: string): DOMException {
  return new DOMException(`${what} is not supported`, 'NotSupportedError');
}

/** An engine's error as the Prompt API has them; anything else, as an abort's reason, is itself. */
export function asException(thrown: unknown, otherwise: 'OperationError' | 'UnknownError'): unknown {
  if (!(thrown instanceof SternaError)) return thrown;
  const isRefused = thrown instanceof GpuError || (thrown instanceof RequestError && CONSTRAINT.test(thrown.message));
  const name = isRefused ? 'NotSupportedError' : thrown instanceof DownloadError ? 'NetworkError' : otherwise;
  const message = thrown.message.replace(CONSTRAINT, 'responseConstraint');
  return Object.assign(new DOMException(message, name), { cause: thrown });
}
