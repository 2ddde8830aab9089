import { join } from 'node:path';
import { launchOptions } from '../scripts/chromium.js';
import { Chat } from './support/chat';
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
