import type { Page } from '@playwright/test';
import { violations } from './support/axe';
import { embeds, fakeChatHosts } from './support/chat-hosts';
import type { ChatHosts } from './support/chat-hosts';
import { ELEMENT, openPage, SITE_POLICY } from './support/chat-page';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';

const SECONDS = 1000;
const SITES = {
  'shop.html': 'Ask about tea',
  'documentation.html': 'Chat',
  'blog.html': 'Talk to a lighthouse keeper',
};

let hosts: ChatHosts;
test.use({ actionTimeout: 20 * SECONDS, contextOptions: { reducedMotion: 'reduce' } });
test.setTimeout(60 * SECONDS);
test.beforeAll(async () => {
  hosts = await fakeChatHosts();
});
test.afterAll(() => hosts.close());

const open = (page: Page, body: string, more?: Record<string, string>) => openPage(page, hosts, body, more);

for (const [name, title] of Object.entries(SITES)) {
  test.describe(`on the site of docs/embeds/${name}`, () => {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 375],
    ] as const) {
      test.describe(`in ${colorScheme} colours, ${width} wide`, () => {
        test.use({ colorScheme, viewport: { width, height: 800 } });

        test('a chat has no fault that axe knows, and stays in the window', async ({ page }) => {
          const panel = new ChatPanel(page, title);
          const site = await hosts.serve(await embeds(), SITE_POLICY);
          await page.goto(site.url + name);
          expect(await violations(page)).toEqual([]);
          await panel.launcher.click();
          await expect(panel.download).toHaveText('Download 18.3 MB');
          expect(await violations(page)).toEqual([]);
          await panel.download.click();
          await panel.ready();
          await panel.ask('markdown');
          await panel.answered(1);
          await panel.ask('endless');
          await expect(panel.text()).toContainText('tern');
          expect(await violations(page)).toEqual([]);
          await panel.stop.click();
          await panel.answered(2);
          await panel.ask('x'.repeat(500));
          await panel.answered(3);
          await panel.ask('lost');
          await expect(panel.failure).toBeVisible();
          expect(await violations(page)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
          const box = await panel.dialog.boundingBox();
          const margin = width === 375 ? 0 : 20;
          expect(box && width - box.x - box.width).toBe(margin);
          expect(box && 800 - box.y - box.height).toBe(margin);
        });
      });
    }
  });
}

for (const [reducedMotion, least, most] of [
  ['reduce', 0, 0],
  ['no-preference', 1, Infinity],
] as const) {
  test(`a reader who prefers ${reducedMotion === 'reduce' ? 'less motion sees none' : 'nothing sees some'}`, async ({
    page,
  }) => {
    await page.emulateMedia({ reducedMotion });
    await open(page, ELEMENT);
    const panel = new ChatPanel(page, 'Ask');
    await panel.start();
    await panel.ask('endless');
    await expect(panel.text()).toContainText('tern');
    const count = await panel.dialog.evaluate((dialog) => dialog.getAnimations({ subtree: true }).length);
    expect(count).toBeGreaterThanOrEqual(least);
    expect(count).toBeLessThanOrEqual(most);
  });
}

test('its colours are as dark as the page says, and as the custom properties say', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page, `<link rel="stylesheet" href="page.css" />${ELEMENT}`, {
    'page.css': `
      .both { color-scheme: light dark }
      .dark { color-scheme: dark }
      .chosen { --sterna-color-scheme: light dark }
      .coloured { --sterna-strong: rgb(1 2 3); --sterna-inset-inline: 50px }`,
  });
  const panel = new ChatPanel(page, 'Ask');
  await panel.launcher.click();
  const isDark = async (name: string) => {
    await page.evaluate((name) => {
      document.documentElement.className = name;
    }, name);
    return panel.dialog.evaluate((dialog) => {
      const [red = NaN] = (/\d+/.exec(getComputedStyle(dialog).backgroundColor) ?? []).map(Number);
      return red < 128;
    });
  };
  expect(await isDark('')).toBe(false);
  expect(await isDark('both')).toBe(true);
  expect(await isDark('chosen')).toBe(true);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await isDark('both')).toBe(false);
  expect(await isDark('dark')).toBe(true);
  await isDark('coloured');
  await expect(panel.download).toHaveCSS('background-color', 'rgb(1, 2, 3)');
  const box = await panel.dialog.boundingBox();
  expect(box && box.x + box.width).toBe((page.viewportSize()?.width ?? 0) - 50);
});
