import file from '../worker/worker.ts?worker&url';

/** Where the runtime's worker lies. In the built library vite.lib.config.ts has another file in place of this one. */
export function workerUrl(): URL {
  return new URL(file, import.meta.url);
}
