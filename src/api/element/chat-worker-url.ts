import file from './chat-worker.ts?worker&url';

/** Where the chat's worker lies. In the built package vite.lib.config.ts has another file in place of this one. */
export function chatWorkerUrl(): URL {
  return new URL(file, import.meta.url);
}
