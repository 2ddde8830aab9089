import * as errors from '../../errors';

/** What an error means to the reader of a page that knows nothing of models. */
export function plainWords(error: unknown): string {
  if (error instanceof errors.DownloadError) return 'The model could not be fetched. Is this device online?';
  if (error instanceof errors.DeviceLostError) {
    return 'The GPU was taken away, as happens when a device sleeps or its driver restarts.';
  }
  if (error instanceof errors.GpuError) return 'This browser, on this device, has no GPU that the chat could use.';
  if (error instanceof errors.WorkerError) return 'The browser ended the chat, or did not let it start.';
  if (error instanceof errors.RequestError) return 'The chat is not set up in the right way.';
  if (error instanceof errors.SternaError) return 'The model is damaged, or not one that this chat can run.';
  return 'Something went wrong that the chat did not expect.';
}
