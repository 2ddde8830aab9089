/**
 * The typed errors of Sterna. They live beside the rooms, because every room throws them and they cross the
 * worker's border with class and fields kept.
 */

/** What every Sterna error can say besides its message. Absent fields do not apply. */
export interface ErrorDetails {
  /** The file or URL at fault. */
  file?: string;
  /** The field, tensor, parameter or chunk inside it. */
  field?: string;
  /** The thing below that failed. */
  cause?: unknown;
}

/** What is wrong in a hostile file may be quoted, and be the whole file. */
const LONGEST_PART = 500;

/** Base class: `catch (error) { if (error instanceof SternaError) … }`. The message reads "file: field: reason". */
export class SternaError extends Error {
  /** The name of its class. */
  override name = 'SternaError';
  /** The file or URL at fault, if one is. */
  readonly file: string | undefined;
  /** The field, tensor, parameter or chunk inside it, if one is. */
  readonly field: string | undefined;
  /** What is wrong, and what to do about it. */
  readonly reason: string;

  /** @param reason one plain sentence: what is wrong and what to do about it. */
  constructor(reason: string, details: ErrorDetails = {}) {
    const parts = [details.file, details.field, reason].map(shortened);
    const message = parts.filter((part) => part !== undefined).join(': ');
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    [this.file, this.field, this.reason = ''] = parts;
  }
}

function shortened(part: string | undefined): string | undefined {
  return part === undefined || part.length <= LONGEST_PART ? part : `${part.slice(0, LONGEST_PART - 1)}…`;
}

/** config.json or generation_config.json is not one that Sterna can run. */
export class ConfigError extends SternaError {
  override name = 'ConfigError';
}

/** A safetensors file or a checkpoint tensor is missing, misshapen, truncated or holds NaN or infinity. */
export class CheckpointError extends SternaError {
  override name = 'CheckpointError';
}

/** A pack's manifest, chunk or tensor is wrong. */
export class PackError extends SternaError {
  override name = 'PackError';
}

/** tokenizer.json is wrong, or the pack has none and text was asked for. */
export class TokenizerError extends SternaError {
  override name = 'TokenizerError';
}

/** The chat template is wrong or fails on these messages. */
export class TemplateError extends SternaError {
  override name = 'TemplateError';
}

/** A request's parameter is wrong, unknown or unsupported; `field` names it. */
export class RequestError extends SternaError {
  override name = 'RequestError';
}

/** A file could not be fetched; `file` is its URL. */
export class DownloadError extends SternaError {
  override name = 'DownloadError';
}

/** The browser's storage refused to read or write. */
export class StoreError extends SternaError {
  override name = 'StoreError';
}

/** WebGPU is missing, has no adapter, or offers less than the model needs, memory too. */
export class GpuError extends SternaError {
  override name = 'GpuError';
}

/** The GPU device was lost (driver reset, sleep), too often or without a way to go on. */
export class DeviceLostError extends SternaError {
  override name = 'DeviceLostError';
}

/** The runtime's Web Worker could not be started, or ended while work was going on. */
export class WorkerError extends SternaError {
  override name = 'WorkerError';
}

/** A saved session cannot be restored: damaged, of another version, or of another model; `field` says what of it is wrong. */
export class SessionError extends SternaError {
  override name = 'SessionError';
}

/** The engine was used after `dispose()`, or a session after `destroy()`. */
export class DisposedError extends SternaError {
  override name = 'DisposedError';
}
