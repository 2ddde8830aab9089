import { elementById } from './elements';
import { plainWords } from './plain-words';

/** Says what went wrong, and offers to try again. */
export class FailurePanel {
  readonly #panel = elementById('failure', HTMLElement);
  readonly #words = elementById('failure-words', HTMLElement);
  readonly #detail = elementById('failure-detail', HTMLElement);
  readonly #retry = elementById('retry', HTMLButtonElement);
  #again: (() => void) | undefined;

  constructor() {
    this.#retry.addEventListener('click', () => {
      const again = this.#again;
      this.hide();
      again?.();
    });
  }

  show(error: unknown, again: () => void): void {
    this.#again = again;
    this.#words.textContent = plainWords(error);
    this.#detail.textContent = error instanceof Error ? error.message : String(error);
    this.#panel.hidden = false;
  }

  hide(): void {
    this.#again = undefined;
    this.#panel.hidden = true;
  }
}
