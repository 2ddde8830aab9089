import { RequestError } from '../errors';
import type { StoredModel } from '../worker/pack-records';
import { unlessAborted } from '../worker/wire/unless-aborted';
import { checkedOptions } from './engine-options';
import { Models } from './models';
import { spawnWorker } from './spawn-worker';
import { WorkerLink } from './worker-link';

/** What each verb of `storedModels` takes. */
export interface StoredModelsOptions {
  /** Stops the call, which then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** A worker of the library's `worker.js`, started by the caller where the library cannot. It is ended with the answer. */
  worker?: Worker;
}

/**
 * `engine.models` for pages that have no engine yet, or no WebGPU: each question starts a worker, which ends with the answer.
 * Besides what is said at each, every verb throws a WorkerError where no worker could be started, and the signal's reason.
 */
export const storedModels = {
  /** The least recently used one first. @throws StoreError where the storage refuses */
  list: (options?: StoredModelsOptions): Promise<StoredModel[]> => ask((models) => models.list(), options),

  /** Whether the pack of this folder is whole in storage. @throws StoreError, RequestError for what is no URL */
  has: (model: string | URL, options?: StoredModelsOptions): Promise<boolean> =>
    ask((models) => models.has(model), options),

  /**
   * Deletes a pack from storage, when no tab is downloading it any more. Engines that have loaded it work on.
   * @throws StoreError, RequestError for what is no URL
   */
  delete: (model: string | URL, options?: StoredModelsOptions): Promise<void> =>
    ask((models) => models.delete(model), options),
};

async function ask<Answer>(
  question: (models: Models) => Promise<Answer>,
  options: StoredModelsOptions = {},
): Promise<Answer> {
  const { signal, worker, ...others } = checkedOptions(options);
  for (const field in others) throw new RequestError('is not supported', { field });
  signal?.throwIfAborted();
  const link = new WorkerLink(worker ?? spawnWorker());
  try {
    return await unlessAborted(question(new Models(link)), ...(signal === undefined ? [] : [signal]));
  } finally {
    link.terminate();
  }
}
