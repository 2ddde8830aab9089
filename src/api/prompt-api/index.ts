/**
 * The browsers' `LanguageModel`, over an engine's sessions.
 * @module sterna/prompt-api
 */
import {
  canonicalMessages,
  checkOptions,
  fields,
  HIGHEST_TEMPERATURE,
  HIGHEST_TOP_K,
  list,
  samplingParams,
} from './canonical';
import { watchedBy } from './download-progress';
import { asException } from './exceptions';
import { modelParams, PromptSession } from './language-model';
import { SharedEngine, type ModelOptions } from './shared-engine';
import type { AvailabilityOptions, Availability, CreateOptions, LanguageModelClass, ModelParams } from './types';

export type { ModelOptions } from './shared-engine';
export type * from './types';

/**
 * A `LanguageModel` of the Prompt API whose model is a pack. All its sessions share one engine, which is created with the
 * first of them.
 * @param options those of `createEngine`, but for `signal`, `onProgress` and `worker`.
 */
export function defineLanguageModel(options: ModelOptions): LanguageModelClass {
  const shared = new SharedEngine(options);
  return class LanguageModel extends PromptSession {
    static async create(given: CreateOptions = {}): Promise<LanguageModel> {
      const asked = fields(given, 'the options');
      const { signal, monitor } = given;
      signal?.throwIfAborted();
      checkOptions(asked);
      samplingParams(asked, 1);
      const prompts = list(asked.initialPrompts, 'initialPrompts');
      const messages = prompts.length === 0 ? [] : canonicalMessages(prompts, false);
      const progress = watchedBy(monitor);
      try {
        progress(0);
        const engine = await shared.get(progress, signal);
        progress(1);
        signal?.throwIfAborted();
        const { defaultTopK, defaultTemperature } = modelParams(engine);
        const params = samplingParams(asked, defaultTemperature);
        const session = await engine.sessions.create({ ...params, messages, ...(signal && { signal }) });
        const { top_k: topK, temperature } = params;
        return new LanguageModel({
          engine,
          session,
          signal,
          topK: topK ?? defaultTopK,
          temperature: temperature ?? defaultTemperature,
        });
      } catch (error) {
        throw asException(error, 'OperationError');
      }
    }

    static async availability(given: AvailabilityOptions = {}): Promise<Availability> {
      const asked = fields(given, 'the options');
      samplingParams(asked, 1);
      try {
        checkOptions(asked);
      } catch (error) {
        if (error instanceof DOMException) return 'unavailable';
        throw error;
      }
      return shared.availability();
    }

    /** Loads the model where it is not there yet. */
    static async params(): Promise<ModelParams> {
      const engine = await shared.get(() => undefined, undefined);
      return { ...modelParams(engine), maxTopK: HIGHEST_TOP_K, maxTemperature: HIGHEST_TEMPERATURE };
    }
  };
}

/**
 * Gives the page a `LanguageModel` where its browser has none.
 * @returns whether it is Sterna's.
 */
export function installLanguageModel(options: ModelOptions): boolean {
  if ('LanguageModel' in globalThis) return false;
  Object.defineProperty(globalThis, 'LanguageModel', {
    value: defineLanguageModel(options),
    configurable: true,
    writable: true,
  });
  return true;
}
