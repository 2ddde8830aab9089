import { join } from 'node:path';
import { launchOptions } from '../scripts/chromium.js';
import { Chat } from './support/chat';
import { fakeChatHosts } from './support/chat-hosts';
import { ChatPanel } from './support/chat-panel';
import { expect, test } from './support/site';

const { args, ...rest } = launchOptions();

test.use({
  folder: join(import.meta.dirname, '../dist/site'),
  // Without this flag Chromium has WebGPU, but offers no adapter where there is no GPU.
  launchOptions: { ...rest, args: [...args.filter((flag) => flag !== '--enable-unsafe-webgpu'), '--disable-gpu'] },
});

test('a browser with WebGPU and no GPU is told so, and may try again', async ({ page, site }) => {
  const chat = new Chat(page);
  await page.goto(site.url);
  await expect(chat.failure).toContainText('This browser has WebGPU, but no GPU that this model can use.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(chat.failure).toContainText('no GPU that this model can use');
  await expect(chat.send).toBeDisabled();
});

test('the chat of the script tag says so before anybody has downloaded anything', async ({ page }) => {
  const hosts = await fakeChatHosts();
  const tag = '<sterna-chat model="pack/"></sterna-chat><script type="module" src="sterna-chat.js"></script>';
  const pages = { 'index.html': `<!doctype html><html lang="en"><title>A page</title><body>${tag}</body></html>` };
  const site = await hosts.serve(pages, "default-src 'self'", { withFiles: true });
  const panel = new ChatPanel(page, 'Chat');
  await page.goto(site.url);
  await panel.launcher.click();
  await expect(panel.failure).toContainText('This browser, on this device, has no GPU that the chat could use.');
  await expect(panel.download).toBeHidden();
  await hosts.close();
});
