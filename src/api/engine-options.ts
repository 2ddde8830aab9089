import * as v from 'valibot';
import { RequestError } from '../errors';
import type { DeviceEvent } from '../worker/device-session';
import type { LoadProgress } from '../worker/progress';
import type { StorageQuestion } from '../worker/room';
import type { RuntimeOptions } from '../worker/runtime';
import { DownloadControl } from './download-control';

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

const isSet = v.exactOptional(v.boolean('must be true or false'));
const count = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(1024, 'must be 1024 at most'),
);

const milliseconds = v.pipe(v.number('must be a number'), v.minValue(1, 'must be 1 or more'), v.maxValue(2 ** 31 - 1));

/** An object that the browser made, of a class that need not exist where this file is only imported. */
function made<Instance>(name: 'AbortSignal' | 'Worker') {
  const isOne = (value: unknown) => value instanceof globalThis[name];
  return v.exactOptional(v.custom<Instance>(isOne, `must be ${name === 'Worker' ? 'a' : 'an'} ${name}`));
}

function listener<Listener>() {
  return v.exactOptional(v.custom<Listener>((value) => typeof value === 'function', 'must be a function'));
}

const schema = v.strictObject(
  {
    model: v.union([v.string(), v.instance(URL)], 'must be the URL of a pack’s folder'),
    signal: made<AbortSignal>('AbortSignal'),
    onProgress: listener<(progress: LoadProgress) => void>(),
    onDeviceEvent: listener<(event: DeviceEvent) => void>(),
    download: v.exactOptional(v.instance(DownloadControl, 'must be a DownloadControl')),
    onStorageFull: listener<NonNullable<EngineOptions['onStorageFull']>>(),
    persist: isSet,
    worker: made<Worker>('Worker'),
    patience: v.exactOptional(
      v.strictObject({
        tries: v.exactOptional(count),
        delay: v.exactOptional(milliseconds),
        stall: v.exactOptional(milliseconds),
      }),
    ),
    withhold: v.exactOptional(v.array(v.picklist(['subgroups', 'packed_4x8_integer_dot_product']))),
    defaultLimits: isSet,
    memory: v.exactOptional(v.picklist(['fast', 'compact'], 'must be fast or compact')),
    plan: v.exactOptional(v.picklist(['fused', 'split'])),
    calibrate: isSet,
    pace: v.exactOptional(v.strictObject({ stepsPerSubmit: count, submitsInFlight: count })),
  },
  ({ expected }) => (expected === 'never' ? 'is not supported' : 'must be an object'),
);

/** The options of `createEngine`, checked, with the folder's URL made absolute. @throws RequestError naming the option. */
export function parseEngineOptions(options: unknown) {
  const given = typeof options === 'object' && options !== null ? Object.entries(options) : undefined;
  const set = given && Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, set, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new RequestError(issue.message, { field: v.getDotPath(issue) ?? 'options' });
  }
  const { model, worker, signal, onProgress, onDeviceEvent, download, onStorageFull, persist, ...runtime } =
    result.output;
  const listeners = { onProgress, onDeviceEvent, onStorageFull };
  return { url: folderUrl(model), worker, signal, download, persist, ...listeners, runtime };
}

/** The absolute URL of a pack's folder. @throws RequestError */
export function folderUrl(model: string | URL): string {
  const details = { field: 'model' };
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
