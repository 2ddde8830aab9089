import type { Locator, Page } from '@playwright/test';
import { expect } from './site';

/** The page as its reader finds it: by roles and labels. */
export class Chat {
  readonly question: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly newChat: Locator;
  readonly answers: Locator;
  readonly failure: Locator;
  readonly announcement: Locator;

  constructor(readonly page: Page) {
    this.question = page.getByLabel('Your message');
    this.send = page.getByRole('button', { name: 'Send' });
    this.stop = page.getByRole('button', { name: 'Stop' });
    this.newChat = page.getByRole('button', { name: 'New chat' });
    this.answers = page.getByRole('list', { name: 'Conversation' }).locator('> li.answer');
    this.failure = page.getByRole('alert');
    this.announcement = page.getByRole('status');
  }

  /** Opens the page and waits for its model. */
  async open(address: string, timeout?: number): Promise<void> {
    await this.page.goto(address);
    await this.ready(timeout);
  }

  async ready(timeout?: number): Promise<void> {
    await expect(this.announcement).toHaveText('The model is ready.', timeout === undefined ? {} : { timeout });
  }

  async ask(text: string): Promise<void> {
    await this.question.fill(text);
    await this.question.press('Enter');
  }

  /** Waits until the last answer is whole, or was stopped. */
  async answered(timeout?: number): Promise<void> {
    const options = timeout === undefined ? {} : { timeout };
    await expect(this.answers.last()).not.toHaveAttribute('aria-busy', options);
  }

  /** Notes every state of the answers' text from now on; `seen` tells what a reader saw, in order. */
  async watch(): Promise<{ seen: () => Promise<string[]> }> {
    const states = await this.page.evaluateHandle(() => {
      const seen: string[] = [];
      new MutationObserver(() => {
        const text = document.querySelector('#transcript > li.answer:last-child .said')?.textContent.trim() ?? '';
        if (text !== '' && text !== seen.at(-1)) seen.push(text);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
      return seen;
    });
    return { seen: () => states.jsonValue() };
  }

  /** The text of the last answer, without the line of figures under it. */
  text(): Locator {
    return this.answers.last().locator('.said');
  }

  figures(): Locator {
    return this.answers.last().locator('.figures-line');
  }
}
