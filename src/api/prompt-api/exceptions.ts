import { DownloadError, GpuError, SternaError } from '../index';

/** What cannot be done, by its name. */
export function notSupported(what: string): DOMException {
  return new DOMException(`${what} is not supported`, 'NotSupportedError');
}

/** An engine's error as the Prompt API has them; anything else, as an abort's reason, is itself. */
export function asException(thrown: unknown, otherwise: 'OperationError' | 'UnknownError'): unknown {
  if (!(thrown instanceof SternaError)) return thrown;
  const name =
    thrown instanceof GpuError ? 'NotSupportedError' : thrown instanceof DownloadError ? 'NetworkError' : otherwise;
  return Object.assign(new DOMException(thrown.message, name), { cause: thrown });
}
