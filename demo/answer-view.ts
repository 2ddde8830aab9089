import { perSecond, tokenCount } from './format';
import { renderMarkdown } from './markdown';
import type { Answered } from './conversation';

/** Of its time, an answer that streams in takes one part for being drawn and leaves so many to all else. */
const REST = 4;

/** One answer in the transcript, drawn at most once a frame while its text streams in, and less often where that is slow. */
export class AnswerView {
  readonly element = document.createElement('li');
  readonly #said = document.createElement('div');
  #text = '';
  #frame: number | undefined;
  /** When it may be drawn again, on the clock of the page. */
  #mayDrawAt = 0;

  constructor() {
    this.element.className = 'message answer';
    this.element.setAttribute('aria-busy', 'true');
    const speaker = document.createElement('span');
    speaker.className = 'visually-hidden';
    speaker.textContent = 'Sterna:';
    this.#said.className = 'said';
    this.element.append(speaker, this.#said);
  }

  /** The answer as a reader sees it, without Markdown's marks. */
  get plainText(): string {
    return this.#said.innerText;
  }

  append(text: string, drawn: () => void): void {
    this.#text += text;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (performance.now() < this.#mayDrawAt) {
        this.append('', drawn);
        return;
      }
      this.#draw();
      drawn();
    });
  }

  /** Ends the answer. A stopped one has no figures: its last tokens were thrown away. */
  finish(answered: Answered): void {
    this.#draw();
    this.element.removeAttribute('aria-busy');
    const line = document.createElement('p');
    line.className = 'figures-line';
    const parts: string[] = [];
    if (answered.stopped) parts.push('stopped');
    if (answered.finishReason === 'length') parts.push('cut off at its greatest length');
    if (answered.tokens !== undefined) parts.push(tokenCount(answered.tokens));
    // An answer of one token has no speed.
    if (answered.tokensPerSecond !== undefined && answered.tokensPerSecond > 0)
      parts.push(`${perSecond(answered.tokensPerSecond)} tokens a second`);
    line.textContent = parts.join(' · ');
    if (parts.length > 0) this.element.append(line);
  }

  #draw(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    const startedAt = performance.now();
    this.#said.replaceChildren(renderMarkdown(this.#text));
    this.#mayDrawAt = performance.now() + REST * (performance.now() - startedAt);
  }
}
