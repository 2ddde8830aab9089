import type { Locator, Page } from '@playwright/test';
import { expect } from './site';

/** A chat of the script tag as the page's reader finds it: by roles and labels. */
export class ChatPanel {
  readonly launcher: Locator;
  readonly dialog: Locator;
  readonly download: Locator;
  readonly question: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly newChat: Locator;
  readonly close: Locator;
  readonly retry: Locator;
  readonly failure: Locator;
  readonly answers: Locator;
  readonly announcement: Locator;

  constructor(
    readonly page: Page,
    name: string,
  ) {
    this.launcher = page.getByRole('button', { name, exact: true });
    this.dialog = page.getByRole('dialog', { name, exact: true });
    this.download = this.dialog.getByRole('button', { name: /^Download \d+\.\d MB$/ });
    this.question = this.dialog.getByLabel('Your message');
    this.send = this.dialog.getByRole('button', { name: 'Send' });
    this.stop = this.dialog.getByRole('button', { name: 'Stop' });
    this.newChat = this.dialog.getByRole('button', { name: 'New chat' });
    this.close = this.dialog.getByRole('button', { name: 'Close' });
    this.retry = this.dialog.getByRole('button', { name: 'Try again' });
    this.failure = this.dialog.getByRole('alert');
    this.answers = this.dialog.locator('li.answer');
    this.announcement = this.dialog.getByRole('status');
  }

  /** Opens the panel and agrees to the download. */
  async start(): Promise<void> {
    await this.launcher.click();
    await this.download.click();
    await this.ready();
  }

  async ready(): Promise<void> {
    await expect(this.announcement).toHaveText('The chat is ready.');
  }

  async ask(text: string): Promise<void> {
    await this.question.fill(text);
    await this.question.press('Enter');
  }

  /** Waits until the last of so many answers is whole, or was stopped. */
  async answered(count: number): Promise<void> {
    await expect(this.answers).toHaveCount(count);
    await expect(this.answers.last()).not.toHaveAttribute('aria-busy');
  }

  /** The text of the last answer. */
  text(): Locator {
    return this.answers.last().locator('.said');
  }
}
