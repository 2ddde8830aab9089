import type { Page } from '@playwright/test';
import { HOSTILE_ANSWERS, HOSTILE_NAME } from './fake/hostile-answers';
import { Chat } from './support/chat';
import { expect, test } from './support/site';

const ALLOWED = /^(p|br|hr|strong|em|del|code|pre|blockquote|ul|ol|li|h[3-6]|table|thead|tbody|tr|th|td|a)$/;
/** Far less than a page that hangs would take, in milliseconds. */
const SOON = 30_000;

/** All elements of the answers but allowed ones, and all attributes but those of links and lists. */
function strangers(page: Page): Promise<string[]> {
  return page.evaluate((allowed) => {
    const found: string[] = [];
    for (const element of document.querySelectorAll('.answer .said *')) {
      if (!new RegExp(allowed).test(element.localName)) found.push(`<${element.localName}>`);
      for (const { name, value } of element.attributes) {
        const isOurs = ['rel', 'target'].includes(name) || (name === 'class' && value === 'as-is');
        if (!isOurs && !['href', 'start'].includes(name)) found.push(`${element.localName}[${name}]`);
      }
    }
    return found;
  }, ALLOWED.source);
}

const isHarmed = (page: Page) => page.evaluate(() => 'harmed' in window);

test.describe('an answer', () => {
  for (const question of HOSTILE_ANSWERS.keys()) {
    test(`of ${question} is shown as text, in a page that stays as it is`, async ({ page, site }) => {
      const chat = new Chat(page);
      await chat.open(site.url);
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      const { width } = page.viewportSize() ?? { width: 0 };
      await chat.ask(question);
      // The page lives while the answer streams in.
      expect(await page.evaluate(() => document.title)).toContain('Sterna');
      await chat.answered(SOON);
      await expect(chat.failure).toBeHidden();
      await expect(chat.text()).not.toBeEmpty();
      expect(await strangers(page)).toEqual([]);
      expect(await isHarmed(page)).toBe(false);
      expect(requests).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await chat.ask('count');
      await chat.answered(SOON);
      await expect(chat.text()).toHaveText('3 message');
    });
  }

  test('has links that lead to http, https and mail alone, open apart and tell nothing', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.ask('all links');
    await chat.answered();
    const links = chat.text().locator('a');
    const addresses = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(addresses).toEqual([
      'https://example.org/page?a=1&b=%222%22',
      'https://example.org/auto',
      'https://example.org/bare',
      'mailto:someone@example.org',
    ]);
    for (const link of await links.all()) {
      await expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
      await expect(link).toHaveAttribute('target', '_blank');
    }
  });

  test('of broken characters shows replacement characters for them', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.ask('halves');
    await chat.answered();
    await expect(chat.text()).toContainText('lone \ufffd and \ufffd, swapped \ufffd\ufffd, broken bytes \ufffd\ufffd');
    expect(await chat.text().textContent()).not.toMatch(/\p{Surrogate}/u);
  });

  test('of markup shows all of it', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.ask('all markup');
    await chat.answered();
    for (const tag of [
      '<script>',
      '<svg ',
      '<math>',
      '<iframe ',
      '<object ',
      '<meta ',
      '<base ',
      '<form ',
      '<style>',
    ]) {
      await expect(chat.text()).toContainText(tag);
    }
  });
});

test('a pack’s name is shown as text', async ({ page, site }) => {
  await page.goto(`${site.url}?load=named`);
  await expect(page.locator('#model-facts')).toContainText(HOSTILE_NAME);
  await expect(page.locator('#model-facts img, #model-facts script')).toHaveCount(0);
  expect(await isHarmed(page)).toBe(false);
});

test('an error’s words that come from a pack are shown as text', async ({ page, site }) => {
  const chat = new Chat(page);
  await page.goto(`${site.url}?load=hostile`);
  await expect(chat.failure).toContainText(HOSTILE_NAME);
  await expect(chat.failure.locator('img, script')).toHaveCount(0);
  expect(await isHarmed(page)).toBe(false);
});
