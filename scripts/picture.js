/** `npm run picture`: chats with the bundled model on the built page and takes the picture that README.md shows. */
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { launchOptions } from './chromium.js';

const QUESTIONS = ['Why is the sky blue?', 'How do I make tea?'];
const PATIENCE_MS = 300_000;

const root = join(import.meta.dirname, '..');
const server = await preview({ configFile: join(root, 'vite.config.ts') });
const browser = await chromium.launch(launchOptions());
try {
  const page = await browser.newPage({
    viewport: { width: 1120, height: 700 },
    deviceScaleFactor: 2,
    colorScheme: 'light',
  });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByText('The model is ready.').waitFor({ state: 'attached' });
  for (const [index, question] of QUESTIONS.entries()) {
    await page.getByLabel('Your message').fill(question);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.figures-line').nth(index).waitFor();
  }
  await page.evaluate('document.activeElement.blur()');
  await page.screenshot({ path: join(root, 'docs', 'page.png') });
} finally {
  await browser.close();
  await server.close();
}
