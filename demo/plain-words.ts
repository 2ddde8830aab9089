import * as errors from '../src/errors';

/** What an error means to a reader of the page, and what they can do. */
export function plainWords(error: unknown): string {
  if (error instanceof errors.DownloadError) {
    return 'The model could not be fetched. Is this device online?';
  }
  if (error instanceof errors.StoreError) {
    return 'The browser would not keep the model. A private window or a full disk can be the cause.';
  }
  if (error instanceof errors.DeviceLostError) {
    return 'The GPU was taken away, as happens when a device sleeps or its driver restarts.';
  }
  if (error instanceof errors.GpuError) {
    return 'This browser has WebGPU, but no GPU that this model can use.';
  }
  if (error instanceof errors.WorkerError || error instanceof errors.DisposedError) {
    return 'The engine behind this page has ended.';
  }
  if (error instanceof errors.RequestError) {
    return 'The page cannot do what it was asked.';
  }
  if (error instanceof errors.SternaError) {
    return 'The model is damaged, or not one that this page can run.';
  }
  return 'Something went wrong that this page did not expect.';
}
