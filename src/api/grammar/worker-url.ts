import file from '../../grammar/worker.ts?worker&url';

/** Where the grammar engine's worker lies. In the built library vite.lib.config.ts has another file in place of this one. */
export function grammarWorkerUrl(): URL {
  return new URL(file, import.meta.url);
}
