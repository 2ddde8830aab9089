import type { Page } from '@playwright/test';
import type { LoadPhase, Patience, StorageQuestion } from '../../src/api';

/** How a load ended. */
export type Ending =
  | {
      kind: 'tokens';
      text: string;
      stored: boolean;
      notStoredBecause: string | undefined;
      downloadedBytes: number;
      phases: LoadPhase[];
      /** What was asked by `onStorageFull`. */
      questions: StorageQuestion[];
    }
  | { kind: 'error'; name: string; message: string }
  | { kind: 'broken off' };

export interface LoadSettings {
  worker?: string;
  patience?: Partial<Patience>;
  abortAfter?: number;
  maxTokens?: number;
  /** The answer to `onStorageFull`. */
  mayDelete?: boolean;
}

/** Loads a pack in a page of the library and has it say the likeliest tokens; never rejects but when the page is closed. */
export function loadInPage(page: Page, model: string, settings: LoadSettings = {}): Promise<Ending> {
  return page.evaluate(
    async ({ model, settings: { worker, patience, abortAfter, mayDelete, maxTokens = 6 } }): Promise<Ending> => {
      const { createEngine } = (await import(/* @vite-ignore */ `${location.origin}/sterna.js`)) as LibraryModule;
      const stop = new AbortController();
      const timer =
        abortAfter === undefined
          ? 0
          : setTimeout(() => {
              stop.abort();
            }, abortAfter);
      const phases = new Set<LoadPhase>();
      const questions: StorageQuestion[] = [];
      const onStorageFull = (question: StorageQuestion) => {
        questions.push(question);
        return mayDelete === true;
      };
      try {
        const engine = await createEngine({
          model,
          signal: stop.signal,
          onProgress: ({ phase }) => phases.add(phase),
          ...(mayDelete === undefined ? {} : { onStorageFull }),
          ...(worker === undefined ? {} : { worker: new Worker(worker, { type: 'module' }) }),
          ...(patience === undefined ? {} : { patience }),
        });
        clearTimeout(timer);
        const messages = [{ role: 'user' as const, content: 'Hi' }];
        const answer = await engine.chat.completions.create({ messages, temperature: 0, max_tokens: maxTokens });
        await engine.dispose();
        const { stored, notStoredBecause, downloadedBytes } = engine.info;
        return {
          kind: 'tokens',
          text: answer.choices[0].message.content,
          stored,
          notStoredBecause,
          downloadedBytes,
          phases: [...phases],
          questions,
        };
      } catch (error) {
        if (stop.signal.aborted) return { kind: 'broken off' };
        const { name, message } = error as Error;
        return { kind: 'error', name, message };
      }
    },
    { model, settings },
  );
}

type LibraryModule = typeof import('../../src/api');

/** The names of a pack's records in the page's storage. */
export function recordNames(page: Page, model: string): Promise<string[]> {
  return page.evaluate(async (url) => {
    const request = indexedDB.open('sterna');
    request.onupgradeneeded = () => request.result.createObjectStore('chunks');
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error('the database did not open'));
      };
    });
    const keys = database.transaction('chunks').objectStore('chunks').getAllKeys();
    await new Promise((resolve) => (keys.onsuccess = resolve));
    database.close();
    return (keys.result as [string, string][]).filter(([pack]) => pack === url).map(([, name]) => name);
  }, model);
}
