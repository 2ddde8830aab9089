import { elementById } from './elements';

export interface ComposerEvents {
  send: (text: string) => void;
  stop: () => void;
}

/** Whether a message can be sent now, is being answered, or has to wait for the model. */
export type ComposerState = 'waiting' | 'ready' | 'answering';

/** The field for a message and its two buttons. The reader may write at any time. */
export class Composer {
  readonly #form = elementById('composer', HTMLFormElement);
  readonly #question = elementById('question', HTMLTextAreaElement);
  readonly #send = elementById('send', HTMLButtonElement);
  readonly #stop = elementById('stop', HTMLButtonElement);
  #state: ComposerState = 'waiting';

  constructor(events: ComposerEvents) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = this.#question.value.trim();
      if (this.#state !== 'ready' || text === '') return;
      this.#question.value = '';
      events.send(text);
    });
    this.#question.addEventListener('keydown', (event) => {
      // While an input method composes a character, Enter only accepts it.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#question.addEventListener('input', () => {
      this.#refresh();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#state === 'answering') events.stop();
    });
    this.#stop.addEventListener('click', events.stop);
    this.#refresh();
  }

  set state(state: ComposerState) {
    const focused = document.activeElement;
    this.#state = state;
    this.#refresh();
    // A button that vanishes must not take the keyboard's place in the page with it.
    if (focused === this.#send && this.#send.hidden) this.#stop.focus();
    if (focused === this.#stop && this.#stop.hidden) this.#question.focus();
  }

  focus(): void {
    this.#question.focus();
  }

  /** Sends this text, or leaves it in the field while the model is loading. */
  suggest(text: string): void {
    this.#question.value = text;
    this.#refresh();
    this.#form.requestSubmit();
    this.#question.focus();
  }

  #refresh(): void {
    const answering = this.#state === 'answering';
    this.#send.hidden = answering;
    this.#stop.hidden = !answering;
    this.#send.disabled = this.#state === 'waiting' || this.#question.value.trim() === '';
  }
}
