import type { Browser, Page } from '@playwright/test';
import type { SectionName } from '../measure/section-names';
import type { ModelName } from '../model/shapes';
import type { Measured } from '../page/client';

/** The benchmark's page in a browser, opened when it is first needed. */
export class BenchPage {
  /** Name and version of the browser; undefined as long as none was needed. */
  browser: string | undefined;
  #open: { browser: Browser; page: Page } | undefined;

  constructor(
    private readonly launch: () => Promise<Browser>,
    private readonly url: string,
  ) {}

  async measure<Name extends SectionName>(
    model: ModelName,
    section: Name,
    options: Record<string, unknown>,
  ): Promise<Measured<Name>> {
    const page = await this.#page();
    const measured = await page.evaluate(
      async ([name, part, chosen]) => {
        if (sternaBench === undefined) throw new TypeError('this is not the page of the benchmark');
        return sternaBench.measure(name, part, chosen);
      },
      [model, section, options] as const,
    );
    return measured as Measured<Name>;
  }

  async close(): Promise<void> {
    await this.#open?.browser.close();
    this.#open = undefined;
  }

  async #page(): Promise<Page> {
    if (this.#open) return this.#open.page;
    const browser = await this.launch();
    this.browser = `Chromium ${browser.version()}`;
    const page = await browser.newPage();
    this.#open = { browser, page };
    page.on('pageerror', (error) => {
      console.error(`page: ${error.message}`);
    });
    await page.goto(this.url);
    await page.waitForFunction('globalThis.sternaBench');
    return page;
  }
}
