import * as v from 'valibot';
import { RequestError } from '../errors';
import type { LoadProgress } from '../worker/progress';
import type { RuntimeOptions } from '../worker/runtime';

export interface EngineOptions extends RuntimeOptions {
  /** The pack's folder: an absolute URL, or one relative to the page. */
  model: string | URL;
  /** Stops the loading; `createEngine` then throws the signal's reason. */
  signal?: AbortSignal;
  /** Is told how far the loading is. */
  onProgress?: (progress: LoadProgress) => void;
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

/** An object that the browser made, of a class that need not exist where this file is only imported. */
function made<Instance>(name: 'AbortSignal' | 'Worker') {
  const isOne = (value: unknown) => value instanceof globalThis[name];
  return v.exactOptional(v.custom<Instance>(isOne, `must be ${name === 'Worker' ? 'a' : 'an'} ${name}`));
}

const schema = v.strictObject(
  {
    model: v.union([v.string(), v.instance(URL)], 'must be the URL of a pack’s folder'),
    signal: made<AbortSignal>('AbortSignal'),
    onProgress: v.exactOptional(
      v.custom<NonNullable<EngineOptions['onProgress']>>((value) => typeof value === 'function'),
    ),
    worker: made<Worker>('Worker'),
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
  const { model, signal, onProgress, worker, ...runtime } = result.output;
  return { url: folderUrl(model), signal, onProgress, worker, runtime };
}

function folderUrl(model: string | URL): string {
  const details = { field: 'model' };
  let url: URL;
  try {
    url = new URL(model, document.baseURI);
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
