import { AnswerView } from './answer-view';
import { elementById } from './elements';

/** How near its end, in CSS pixels, the page counts as read to the end. */
const NEAR_END = 120;

/** The conversation as the reader sees it. */
export class Transcript {
  readonly #list = elementById('transcript', HTMLOListElement);
  readonly #conversation = elementById('conversation', HTMLElement);
  readonly #introduction = elementById('introduction', HTMLElement);

  addQuestion(text: string): void {
    this.#introduction.hidden = true;
    this.#conversation.hidden = false;
    const item = document.createElement('li');
    item.className = 'message question';
    const speaker = document.createElement('span');
    speaker.className = 'visually-hidden';
    speaker.textContent = 'You:';
    const said = document.createElement('div');
    said.className = 'said';
    said.textContent = text;
    item.append(speaker, said);
    this.#list.append(item);
    this.scrollToEnd();
  }

  addAnswer(): AnswerView {
    const answer = new AnswerView();
    this.#list.append(answer.element);
    this.scrollToEnd();
    return answer;
  }

  /** Follows the growing answer, unless the reader has scrolled away from the end. */
  follow(): void {
    const page = document.documentElement;
    if (page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_END) this.scrollToEnd();
  }

  scrollToEnd(): void {
    window.scrollTo({ top: document.documentElement.scrollHeight });
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#conversation.hidden = true;
    this.#introduction.hidden = false;
    window.scrollTo({ top: 0 });
  }
}
