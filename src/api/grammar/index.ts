import type { GrammarEngine } from '../../worker/runtime';
import { startable } from '../startable';
import { grammarWorkerUrl } from './worker-url';

export type { ResponseFormat } from '../openai';
export { responseFormat } from '../response-format';
export type { GrammarEngine } from '../../worker/runtime';

/**
 * The grammar engine xgrammar, for `createEngine({ model, grammar: xgrammar() })`: with it an engine keeps to
 * `response_format`. It runs in a worker of its own, which is fetched and started for the first answer that needs it, and
 * is WebAssembly: docs/STRUCTURED.md says what a content policy has to allow.
 */
export function xgrammar(): GrammarEngine {
  return {
    // Only a page can say it, and a module that a server renders too may name the engine.
    get url() {
      return startable(grammarWorkerUrl());
    },
  };
}
