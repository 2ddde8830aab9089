import { expect } from 'vitest';
import { commands } from 'vitest/browser';
import type { BrowserState } from './browser-state-commands';

/** Waits until all workers of the page have ended: a GPU process that is compiling lets none go before it is done. */
export async function stateWithoutWorkers(): Promise<BrowserState> {
  await expect.poll(async () => (await commands.browserState()).workers, { timeout: 60_000, interval: 200 }).toBe(0);
  return commands.browserState();
}
