import { violations } from './support/axe';
import { Chat } from './support/chat';
import { expect, test } from './support/site';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [375, 1280]) {
    test.describe(`in ${colorScheme} colours, ${width} wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 } });

      test('a chat has no fault that axe knows', async ({ page, site }) => {
        const chat = new Chat(page);
        await chat.open(site.url);
        expect(await violations(page)).toEqual([]);
        await chat.ask('markdown');
        await chat.answered();
        await chat.ask('endless');
        await expect(chat.text()).toContainText('tern');
        expect(await violations(page)).toEqual([]);
        await chat.stop.click();
        await chat.answered();
        await chat.ask('lost');
        await expect(chat.failure).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });

      test('loading has no fault that axe knows', async ({ page, site }) => {
        await page.goto(`${site.url}?load=slow`);
        await expect(page.getByRole('progressbar')).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });

      test('a browser without WebGPU is told so with no fault that axe knows', async ({ page, site }) => {
        await page.addInitScript(() => {
          Reflect.deleteProperty(Navigator.prototype, 'gpu');
        });
        await page.goto(site.url);
        await expect(page.getByRole('heading', { level: 2 })).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });

      test('nothing is wider than the window', async ({ page, site }) => {
        const chat = new Chat(page);
        await chat.open(site.url);
        await chat.ask('markdown');
        await chat.answered();
        await chat.ask('x'.repeat(500));
        await chat.answered();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      });
    });
  }
}
