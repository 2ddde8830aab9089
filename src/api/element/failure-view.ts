import { make, makeButton } from './make';

/** Says what went wrong, and offers to try again. */
export class FailureView {
  readonly element = make('section', 'failure');
  readonly #words = make('p');
  readonly #detail = make('p', 'detail');

  constructor(retry: () => void) {
    this.element.setAttribute('role', 'alert');
    this.element.append(this.#words, this.#detail, makeButton('quiet', 'Try again', retry));
  }

  say(words: string, detail: string): void {
    this.#words.textContent = words;
    this.#detail.textContent = detail;
  }
}
