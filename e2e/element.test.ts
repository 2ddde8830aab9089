import type { Locator, Page } from '@playwright/test';
import axe from 'axe-core';
import { embeds, fakeChatHosts } from './support/chat-hosts';
import type { ChatHosts } from './support/chat-hosts';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';

const SECONDS = 1000;
/** A page whose own styles lie in files. */
const POLICY =
  "default-src 'self'; script-src 'self' https://cdn.example; worker-src blob: https://cdn.example; connect-src https://models.example; require-trusted-types-for 'script'; trusted-types sterna";
const SCRIPT = 'https://cdn.example/sterna@0.1.0/dist/sterna-chat.js';
const PACK = 'https://models.example/sterna-chat-49m/';
const SITES = {
  'shop.html': 'Ask about tea',
  'documentation.html': 'Chat',
  'blog.html': 'Talk to a lighthouse keeper',
};

function html(body: string): string {
  return `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width" /><title>A page</title></head><body><main><h1>A page</h1>${body}</main></body></html>`;
}

/** Every rule of axe but its experimental ones; a violation names its rule and the elements. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const inside = document.activeElement?.shadowRoot?.activeElement;
    return inside?.getAttribute('aria-label') ?? inside?.textContent ?? undefined;
  });
}

let hosts: ChatHosts;
test.use({ actionTimeout: 20 * SECONDS, contextOptions: { reducedMotion: 'reduce' } });
test.setTimeout(60 * SECONDS);
test.beforeAll(async () => {
  hosts = await fakeChatHosts();
});
test.afterAll(() => hosts.close());

async function open(page: Page, body: string, more: Record<string, string> = {}): Promise<void> {
  const site = await hosts.serve({ 'index.html': html(body), ...more }, POLICY);
  await page.goto(site.url);
}

const ELEMENT = `<script type="module" src="${SCRIPT}"></script><sterna-chat model="${PACK}" title="Ask"></sterna-chat>`;

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
          const site = await hosts.serve(await embeds(), POLICY);
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

test('by the keyboard alone it opens, loads, answers and closes, and no key is a shortcut of the page', async ({
  page,
}) => {
  const shortcuts = `
    document.addEventListener('keydown', ({ key }) => { document.querySelector('output').textContent += key; });
    addEventListener('keyup', ({ key }) => { document.querySelector('output').textContent += key; });`;
  await open(page, `<output></output><script src="shortcuts.js"></script>${ELEMENT}`, { 'shortcuts.js': shortcuts });
  const panel = new ChatPanel(page, 'Ask');
  await panel.launcher.focus();
  await page.keyboard.press('Enter');
  await expect(panel.dialog).toBeFocused();
  await expect(panel.download).toBeVisible();
  while ((await focused(page)) !== 'Download 18.3 MB') await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await panel.ready();
  await expect(panel.question).toBeFocused();
  await page.keyboard.type('markdown');
  await page.keyboard.press('Shift+Enter');
  await expect(panel.question).toHaveValue('markdown\n');
  await page.keyboard.press('Enter');
  await panel.answered(1);
  await expect(panel.text().getByRole('listitem')).toHaveCount(2);
  await expect(panel.announcement).toContainText('Ask answered: Tea');
  await page.keyboard.type('endless');
  await page.keyboard.press('Enter');
  await expect(panel.text()).toContainText('tern');
  await page.keyboard.press('Escape');
  await expect(panel.dialog).toBeHidden();
  await expect(panel.launcher).toBeFocused();
  await expect(panel.launcher).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('Enter');
  await expect(panel.question).toBeFocused();
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Stop');
  await page.keyboard.press('Enter');
  await panel.answered(2);
  await expect(panel.question).toBeFocused();
  await expect(page.locator('output')).toBeEmpty();
});

test('where it fills the window the keyboard stays in it, and turning the device keeps its place', async ({ page }) => {
  await page.setViewportSize({ width: 375, height: 700 });
  await open(page, `<button type="button">Of the page</button>${ELEMENT}`);
  const panel = new ChatPanel(page, 'Ask');
  await panel.start();
  await expect(panel.question).toBeFocused();
  expect(await panel.dialog.boundingBox()).toEqual({ x: 0, y: 0, width: 375, height: 700 });
  const takesFocus = () =>
    page.getByRole('button', { name: 'Of the page' }).evaluate((button) => {
      button.focus();
      return document.activeElement === button;
    });
  expect(await takesFocus()).toBe(false);
  await page.setViewportSize({ width: 700, height: 375 });
  await expect.poll(() => panel.dialog.evaluate((dialog) => dialog.matches(':popover-open'))).toBe(true);
  await expect(panel.question).toBeFocused();
  await expect.poll(takesFocus).toBe(true);
});

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

test('a page is as it was: no global, no shift, no scroll, no focus, no entry in its history', async ({ page }) => {
  const before = `
    const { dataset } = document.documentElement;
    dataset.before = JSON.stringify(Object.getOwnPropertyNames(window));
    dataset.shifts = 0;
    new PerformanceObserver((list) => {
      const shifts = list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput);
      dataset.shifts = Number(dataset.shifts) + shifts.length;
    }).observe({ type: 'layout-shift', buffered: true });`;
  const filler = '<p>Text</p>'.repeat(100);
  await open(page, `${filler}<script type="module" src="before.js"></script>${ELEMENT}`, { 'before.js': before });
  const state = () =>
    page.evaluate(() => ({
      focus: document.activeElement?.localName,
      length: history.length,
      scroll: [scrollX, scrollY],
      size: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
      shifts: document.documentElement.dataset.shifts,
    }));
  const panel = new ChatPanel(page, 'Ask');
  await expect(panel.launcher).toBeVisible();
  const { length } = await state();
  const untouched = { focus: 'body', length, scroll: [0, 0], shifts: '0' };
  expect(await state()).toMatchObject(untouched);
  const { size } = await state();
  await panel.start();
  await panel.close.click();
  expect(await state()).toMatchObject({ ...untouched, size, focus: 'sterna-chat' });
  const added = await page.evaluate(() => {
    const before = new Set(JSON.parse(document.documentElement.dataset.before ?? '[]') as string[]);
    return Object.getOwnPropertyNames(window).filter((name) => !before.has(name));
  });
  expect(added).toEqual([]);
});

test('there is one chat, however often the script is there', async ({ page }) => {
  const tag = (query: string) =>
    `<script type="module" src="${SCRIPT}${query}" data-model="${PACK}" data-title="Ask"></script>`;
  await open(page, tag('') + tag('') + tag('?again'));
  const panel = new ChatPanel(page, 'Ask');
  await panel.start();
  await expect(page.locator('sterna-chat')).toHaveCount(1);
});

test('the download says its size beforehand, can be paused and cancelled, and begins again', async ({ page }) => {
  await open(page, ELEMENT.replace(PACK, 'https://models.example/sterna-chat-49m/../load-slow/'));
  const panel = new ChatPanel(page, 'Ask');
  await panel.launcher.click();
  await panel.download.click();
  await expect(panel.dialog.getByText('6.9 MB of 18.4 MB')).toBeVisible();
  await panel.dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(panel.announcement).toHaveText('The download is paused.');
  await panel.dialog.getByRole('button', { name: 'Resume' }).click();
  await expect(panel.announcement).toHaveText('The download goes on.');
  await expect(panel.send).toBeDisabled();
  await panel.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(panel.download).toBeFocused();
  await panel.download.click();
  await expect(panel.dialog.getByRole('progressbar')).toBeVisible();
});

test('what fails is said in plain words, and can be tried again', async ({ page }) => {
  await open(page, ELEMENT.replace(PACK, 'https://models.example/sterna-chat-49m/../load-fails/'));
  const panel = new ChatPanel(page, 'Ask');
  await panel.launcher.click();
  await panel.download.click();
  await expect(panel.failure).toContainText('The model could not be fetched. Is this device online?');
  await panel.retry.click();
  await panel.ready();
  await panel.ask('count');
  await panel.answered(1);
  await expect(panel.text()).toHaveText('1 message');
});

test('a question whose answer failed is asked again, and one that is not leaves nothing', async ({ page }) => {
  await open(page, ELEMENT);
  const panel = new ChatPanel(page, 'Ask');
  await panel.start();
  await panel.ask('lost');
  await expect(panel.failure).toContainText('The GPU was taken away');
  await panel.retry.click();
  await panel.answered(1);
  await expect(panel.text()).toContainText('Sunlight');
  await panel.ask('broken');
  await expect(panel.failure).toContainText('Something went wrong');
  await panel.ask('count');
  await panel.answered(2);
  await expect(panel.text()).toHaveText('3 message');
});

test('a model that is not there is said so, in words and without a download', async ({ page }) => {
  await open(page, ELEMENT.replace(PACK, 'https://models.example/nothing/'));
  const panel = new ChatPanel(page, 'Ask');
  await panel.launcher.click();
  await expect(panel.failure).toContainText('The model could not be fetched.');
  await expect(panel.failure).toContainText('status 404');
  await expect(panel.download).toBeHidden();
});

test('a panel that cannot be loaded is said so beside the button', async ({ page, faults }) => {
  await page.route('**/sterna-chat-panel.js', (route) => route.abort());
  await open(page, ELEMENT);
  const panel = new ChatPanel(page, 'Ask');
  await panel.launcher.click();
  await expect(page.getByRole('alert')).toHaveText('The chat could not be loaded. Is this device online?');
  await expect(panel.launcher).toBeEnabled();
  expect(faults.splice(0)).toEqual([expect.stringContaining('ERR_FAILED')]);
});

test.describe('an element in the page', () => {
  const element = (page: Page): Locator => page.locator('sterna-chat');

  test('is moved with its conversation, and ends when it is taken out', async ({ page }) => {
    await open(page, `${ELEMENT}<aside></aside>`);
    const panel = new ChatPanel(page, 'Ask');
    await panel.start();
    await panel.ask('count');
    await panel.answered(1);
    await element(page).evaluate((chat) => {
      document.querySelector('aside')?.append(chat);
    });
    await expect(panel.dialog).toBeHidden();
    await panel.launcher.click();
    await panel.ask('count');
    await panel.answered(2);
    await expect(panel.text()).toHaveText('3 message');
    const chat = await page.evaluateHandle(() => document.querySelector('sterna-chat') as HTMLElement);
    await chat.evaluate((chat) => {
      chat.remove();
    });
    await expect.poll(() => page.workers()).toEqual([]);
    await chat.evaluate((chat) => {
      document.body.append(chat);
    });
    await panel.start();
    await panel.ask('count');
    await panel.answered(1);
    await expect(panel.text()).toHaveText('1 message');
  });

  test('does as its attributes and methods say', async ({ page }) => {
    await open(page, ELEMENT);
    const panel = new ChatPanel(page, 'Ask');
    await panel.start();
    await panel.ask('count');
    await panel.answered(1);
    await panel.newChat.click();
    await expect(panel.answers).toHaveCount(0);
    const set = (name: string, value: string) =>
      element(page).evaluate(
        (chat, [name, value]) => {
          chat.setAttribute(name, value);
        },
        [name, value],
      );
    await set('system', 'Be brief.');
    await panel.ask('count');
    await panel.answered(1);
    await expect(panel.text()).toHaveText('2 message');
    await set('greeting', 'Good day');
    await expect(panel.dialog).toContainText('Good day');
    await set('title', 'Renamed');
    const renamed = new ChatPanel(page, 'Renamed');
    await expect(renamed.dialog).toBeVisible();
    const model = (await element(page).getAttribute('model')) ?? '';
    await set('model', model.replace('/pack/', '/load-fails/'));
    await expect(renamed.answers).toHaveCount(0);
    await expect(renamed.download).toBeVisible();
    await element(page).evaluate((chat) => {
      (chat as HTMLElementTagNameMap['sterna-chat']).close();
    });
    await expect(renamed.dialog).toBeHidden();
  });

  test('opens from a button of the page, which then has the focus again', async ({ page }) => {
    const own = `<button type="button">Ask us</button><script src="own.js"></script>`;
    const script = `document.querySelector('button').addEventListener('click', () => document.querySelector('sterna-chat').open());`;
    await open(page, own + ELEMENT.replace('<sterna-chat', '<sterna-chat hidden'), { 'own.js': script });
    const panel = new ChatPanel(page, 'Ask');
    await page.getByRole('button', { name: 'Ask us' }).focus();
    await page.keyboard.press('Enter');
    await expect(panel.download).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(panel.dialog).toBeHidden();
    await expect(panel.launcher).toBeHidden();
    await expect(page.getByRole('button', { name: 'Ask us' })).toBeFocused();
  });

  test('that names no model says so, and takes one that is set then', async ({ page }) => {
    await open(page, ELEMENT.replace(`model="${PACK}"`, `data-later="${PACK}"`));
    const panel = new ChatPanel(page, 'Ask');
    await panel.launcher.click();
    await expect(panel.failure).toContainText('The chat is not set up in the right way.');
    await element(page).evaluate((chat) => {
      chat.setAttribute('model', chat.dataset.later ?? '');
    });
    await panel.download.click();
    await panel.ready();
  });

  test('two of them are two chats', async ({ page }) => {
    const other = `<sterna-chat model="${PACK}" title="Other"></sterna-chat>`;
    await open(page, ELEMENT + other);
    const panel = new ChatPanel(page, 'Other');
    await panel.start();
    await panel.ask('count');
    await panel.answered(1);
    await panel.close.click();
    await expect(new ChatPanel(page, 'Ask').answers).toHaveCount(0);
  });
});
