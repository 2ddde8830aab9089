import type { Locator, Page } from '@playwright/test';
import { fakeChatHosts } from './support/chat-hosts';
import type { ChatHosts } from './support/chat-hosts';
import { ELEMENT, openPage, PACK, SCRIPT } from './support/chat-page';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';

const SECONDS = 1000;

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

const open = (page: Page, body: string, more?: Record<string, string>) => openPage(page, hosts, body, more);

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
