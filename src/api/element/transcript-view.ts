import type { AnswerEnd } from './chat-protocol';
import { make } from './make';
import type { Piece } from './piece';
import { showPieces } from './piece-view';

/** How near its end, in CSS pixels, the transcript counts as read to the end. */
const NEAR_END = 80;

const END_WORDS: Record<AnswerEnd, string> = { whole: '', stopped: 'stopped', cut: 'cut off at its greatest length' };

/** The conversation as the reader sees it, in a box that scrolls. */
export class TranscriptView {
  readonly element = make('div', 'transcript');
  readonly #greeting = make('p', 'greeting');
  readonly #list = make('ol');
  #answer: HTMLElement | undefined;
  #said: HTMLElement | undefined;

  constructor() {
    // The keyboard scrolls what it can reach.
    this.element.tabIndex = 0;
    this.element.setAttribute('role', 'region');
    this.element.setAttribute('aria-label', 'Conversation');
    this.#list.hidden = true;
    this.element.append(this.#greeting, this.#list);
  }

  set greeting(text: string) {
    this.#greeting.textContent = text;
  }

  /** What the answer says, without Markdown's marks. */
  get answerText(): string {
    return this.#said?.innerText ?? '';
  }

  /** Shows a question, with room for its answer. */
  ask(text: string, speaker: string): void {
    this.#list.hidden = false;
    const said = make('div', 'said', text);
    this.#add('question', 'You:', said);
    this.#said = make('div', 'said');
    this.#answer = this.#add('answer', `${speaker}:`, this.#said);
    this.isBusy = true;
    this.#scrollToEnd();
  }

  /** What the last answer is by now, whole. */
  say(pieces: readonly Piece[]): void {
    this.follow(() => {
      if (this.#said !== undefined) showPieces(this.#said, pieces);
    });
  }

  /** Whether the last answer is still being given, or has failed and may be asked for again. */
  set isBusy(isBusy: boolean) {
    if (isBusy) this.#answer?.setAttribute('aria-busy', 'true');
    else this.#answer?.removeAttribute('aria-busy');
  }

  /** Makes a change that moves the transcript's end, which stays in sight unless the reader has scrolled away from it. */
  follow(change: () => void): void {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_END;
    change();
    if (follows) this.#scrollToEnd();
  }

  finish(end: AnswerEnd): void {
    this.follow(() => {
      this.isBusy = false;
      if (end !== 'whole') this.#answer?.append(make('p', 'end', END_WORDS[end]));
    });
  }

  /** Takes the last question away, with its answer. */
  takeBack(): void {
    const { lastChild: answer } = this.#list;
    const question = answer?.previousSibling;
    if (answer !== null && question) {
      this.#list.removeChild(answer);
      this.#list.removeChild(question);
    }
  }

  clear(): void {
    this.#list.textContent = '';
    this.#list.hidden = true;
    this.#answer = this.#said = undefined;
  }

  #add(kind: string, speaker: string, said: HTMLElement): HTMLElement {
    const item = make('li', kind);
    item.append(make('span', 'visually-hidden', speaker), said);
    this.#list.append(item);
    return item;
  }

  #scrollToEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }
}
