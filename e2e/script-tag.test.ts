import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { chatHosts } from './support/chat-hosts';
import type { ChatHosts } from './support/chat-hosts';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';
import type { StaticServer } from './support/static-server';

const root = join(import.meta.dirname, '..');
const DOCUMENT = readFileSync(join(root, 'docs/SCRIPT-TAG.md'), 'utf8');
const TAG = documented(/```html\n(<script[\s\S]*?)```/);
const POLICY = documented(/^Content-Security-Policy: (.*)$/m);

function documented(pattern: RegExp): string {
  const found = pattern.exec(DOCUMENT)?.[1];
  if (found === undefined) throw new Error(`docs/SCRIPT-TAG.md has nothing like ${String(pattern)}`);
  return found;
}

function html(body: string): string {
  return `<!doctype html><html lang="en"><head><title>A page</title></head><body><h1>A page</h1>${body}</body></html>`;
}

function shards({ log }: StaticServer): number {
  return log.filter(({ path }) => path.endsWith('.safetensors')).length;
}

/** Asks and waits for an answer; what a tiny model of random numbers says can be anything, but is something. */
async function expectAnswer(page: Page, panel: ChatPanel): Promise<void> {
  await panel.ask('Hello?');
  await panel.answered(1);
  await expect(panel.text()).not.toBeEmpty();
  await expect(panel.announcement).toContainText('answered: ');
  expect(await page.evaluate(() => document.activeElement?.localName)).toBe('sterna-chat');
}

const SECONDS = 1000;
test.use({ actionTimeout: 20 * SECONDS });
test.setTimeout(60 * SECONDS);

test.describe('the script tag', () => {
  let hosts: ChatHosts;
  test.beforeEach(async () => {
    hosts = await chatHosts();
  });
  test.afterEach(() => hosts.close());

  test('answers from other origins under the very policy that its document states, and starts from storage then', async ({
    page,
    faults,
  }) => {
    const site = await hosts.serve({ 'index.html': html(TAG) }, POLICY);
    const panel = new ChatPanel(page, 'Ask about tea');
    page.on('worker', (worker) => {
      worker.on('console', (message) => faults.push(message.text()));
    });
    await page.goto(site.url);
    await expect(panel.launcher).toBeVisible();
    expect(hosts.cdn.log.map(({ path }) => path)).toEqual(['/sterna-chat.js']);
    expect(page.workers()).toEqual([]);

    await panel.launcher.click();
    await expect(panel.download).toBeVisible();
    expect(hosts.models.log.map(({ path }) => path)).toEqual(['/pack/sterna.json']);
    await panel.download.click();
    await panel.ready();
    expect(shards(hosts.models)).toBeGreaterThan(0);
    await expectAnswer(page, panel);

    const fetched = shards(hosts.models);
    await page.reload();
    await panel.launcher.click();
    await panel.ready();
    expect(shards(hosts.models)).toBe(fetched);
  });

  test("needs no more than 'self' where all of it is on the page's own origin", async ({ page }) => {
    const policy = "default-src 'self'; require-trusted-types-for 'script'; trusted-types sterna";
    const pages = { 'index.html': html('<script type="module" src="sterna-chat.js" data-model="pack/"></script>') };
    const site = await hosts.serve(pages, policy, { withFiles: true });
    const panel = new ChatPanel(page, 'Chat');
    await page.goto(site.url);
    await panel.start();
    await expectAnswer(page, panel);
    expect(hosts.cdn.log).toEqual([]);
    expect(hosts.models.log).toEqual([]);
    expect(page.workers()).not.toEqual([]);
    await page.evaluate(() => {
      document.querySelector('sterna-chat')?.remove();
    });
    await expect.poll(() => page.workers()).toEqual([]);
  });

  test('answers in a page that has changed the built-in objects of the language, and looks as it does elsewhere', async ({
    page,
  }) => {
    const hostile = readFileSync(join(import.meta.dirname, 'fake/hostile-page.js'), 'utf8');
    const style = '*, *::before, *::after { all: unset !important; color: red !important }';
    const site = await hosts.serve(
      {
        'plain.html': html(TAG),
        'index.html': html(`<link rel="stylesheet" href="hostile.css" /><script src="hostile.js"></script>${TAG}`),
        'hostile.js': hostile,
        'hostile.css': style,
      },
      POLICY.replace('script-src', "style-src 'self'; script-src 'self'"),
    );
    const panel = new ChatPanel(page, 'Ask about tea');
    const boxes = async () => {
      await panel.launcher.click();
      await expect(panel.download).toBeVisible();
      return Promise.all([panel.dialog, panel.download, panel.close].map((part) => part.boundingBox()));
    };
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const PROPERTIES = ['color', 'background-color', 'font-size', 'font-family', 'display'];
    await page.goto(`${site.url}plain.html`);
    const plain = await boxes();
    const values = await panel.dialog.evaluate(
      (dialog, names) => names.map((name) => getComputedStyle(dialog).getPropertyValue(name)),
      PROPERTIES,
    );
    await page.goto(site.url);
    expect(await boxes()).toEqual(plain);
    for (const [index, name] of PROPERTIES.entries()) await expect(panel.dialog).toHaveCSS(name, values[index]);
    await panel.download.click();
    await panel.ready();
    await panel.ask('Hello?');
    await panel.answered(1);
    await expect(panel.text()).not.toBeEmpty();
  });
});
