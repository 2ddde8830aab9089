import { RequestError } from '../errors';
import type { DeviceEvent } from '../worker/device-session';
import type { LoadProgress } from '../worker/progress';
import type { StorageQuestion } from '../worker/room';
import type { RuntimeOptions } from '../worker/runtime';
import { DownloadControl } from './download-control';
import { plainCopy } from './plain-copy';

/** Options of `createEngine`; one that is not here is refused by name. */
export interface EngineOptions extends RuntimeOptions {
  /** The pack's folder: an absolute URL, or one relative to the page. */
  model: string | URL;
  /** Stops the loading; `createEngine` then throws the signal's reason. */
  signal?: AbortSignal;
  /** Is told how far the loading is. */
  onProgress?: (progress: LoadProgress) => void;
  /** Is told when the GPU device is lost and when the model is back on a new one; answers pause meanwhile, and go on. */
  onDeviceEvent?: (event: DeviceEvent) => void;
  /** Pauses and resumes the download. */
  download?: DownloadControl;
  /**
   * Is asked when the browser has no room for the pack; true lets the least recently used packs be deleted, one after
   * the other, until there is. Else the pack is loaded without being stored.
   */
  onStorageFull?: (question: StorageQuestion) => boolean | Promise<boolean>;
  /** False keeps from asking the browser to keep this site's storage when a pack has been downloaded. */
  persist?: boolean;
  /** A worker of the library's `worker.js`, started by the caller where the library cannot. It is the engine's from then on. */
  worker?: Worker;
}

/** Options that stay on the page: what each must be, where it is given, and whether a value is that. */
const OWN: readonly (readonly [name: keyof EngineOptions, what: string, isRight: (value: unknown) => boolean])[] = [
  ['signal', 'an AbortSignal', (value) => value instanceof AbortSignal],
  ['onProgress', 'a function', isFunction],
  ['onDeviceEvent', 'a function', isFunction],
  ['download', 'a DownloadControl', (value) => value instanceof DownloadControl],
  ['onStorageFull', 'a function', isFunction],
  ['persist', 'true or false', (value) => typeof value === 'boolean'],
  ['worker', 'a Worker', (value) => value instanceof Worker],
];

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** Options whose own values, those that stay on the page, are right. @throws RequestError naming the one that is not. */
export function checkedOptions(options: unknown): EngineOptions {
  if (typeof options !== 'object' || options === null)
    throw new RequestError('must be an object', { field: 'options' });
  const given = options as EngineOptions;
  for (const [field, what, isRight] of OWN) {
    if (given[field] !== undefined && !isRight(given[field])) throw new RequestError(`must be ${what}`, { field });
  }
  return given;
}

/**
 * The options of `createEngine`, with the folder's URL made absolute. Those of the runtime are checked in the worker.
 * @throws RequestError naming the option.
 */
export function parseEngineOptions(options: unknown) {
  const { model, worker, signal, onProgress, onDeviceEvent, download, onStorageFull, persist, ...others } =
    checkedOptions(options);
  const runtime: RuntimeOptions = plainCopy(others);
  const listeners = { onProgress, onDeviceEvent, onStorageFull };
  return { url: folderUrl(model), worker, signal, download, persist, ...listeners, runtime };
}

/** The absolute URL of a pack's folder. @throws RequestError */
export function folderUrl(model: string | URL): string {
  const details = { field: 'model' };
  if (typeof model !== 'string' && !((model as unknown) instanceof URL)) {
    throw new RequestError('must be the URL of a pack’s folder', details);
  }
  let url: URL;
  try {
    // A worker has no document: there the URL has to be absolute.
    url = new URL(model, (globalThis as Partial<typeof globalThis>).document?.baseURI);
  } catch (cause) {
    throw new RequestError(`"${String(model)}" is no URL`, { ...details, cause });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new RequestError(`"${url.href}" is no http or https URL`, details);
  }
  if (url.username !== '' || url.password !== '') {
    throw new RequestError('has a user name or password in it, and browsers fetch nothing from such a URL', details);
  }
  // An empty query or fragment shows in the address alone.
  if (/[?#]/.test(url.href)) {
    throw new RequestError(`"${url.href}" is no folder: it has a "?" or a "#"`, details);
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
