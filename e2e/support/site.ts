import { test as base, expect } from '@playwright/test';
import { FAKE_SITE } from './build-fake-site';
import { serveFolder } from './static-server';
import type { StaticServer } from './static-server';

interface Fixtures {
  /** The built site to serve. */
  folder: string;
  site: StaticServer;
  /** Errors in the console, uncaught ones, refusals by the policy: a test that means to cause some empties the list. */
  faults: string[];
}

/** A test of the built page on a static host. It fails on any error in the page's console or breach of its policy. */
export const test = base.extend<Fixtures>({
  folder: [FAKE_SITE, { option: true }],
  site: async ({ folder }, use) => {
    const site = await serveFolder(folder);
    await use(site);
    await site.close();
  },
  faults: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
          console.error(`policy: ${violatedDirective} refused ${blockedURI}`);
        });
      });
      await use(faults);
      expect(faults, 'errors in the page').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
