import { icon } from './icons';
import { make, makeButton } from './make';

/** Whether a question can be asked now, is being answered, or has to wait for the model. */
export type ComposerState = 'waiting' | 'ready' | 'answering';

/** The field for a question and its button. The reader may write while the model loads. */
export class ComposerView {
  readonly element = make('div', 'composer');
  readonly field = make('textarea');
  readonly #send: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  #state: ComposerState = 'waiting';

  constructor(
    private readonly ask: (text: string) => void,
    stop: () => void,
  ) {
    this.field.rows = 1;
    this.field.maxLength = 8000;
    this.field.placeholder = 'Write a message';
    this.field.setAttribute('aria-label', 'Your message');
    this.field.setAttribute('enterkeyhint', 'send');
    this.field.setAttribute('autocomplete', 'off');
    this.field.addEventListener('input', () => {
      this.#refresh();
    });
    this.field.addEventListener('keydown', (event) => {
      // While an input method composes a character, Enter only accepts it.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#send = makeButton('strong round', '', () => {
      this.#submit();
      this.field.focus({ preventScroll: true });
    });
    this.#send.setAttribute('aria-label', 'Send');
    this.#send.append(icon('send'));
    this.#stop = makeButton('strong round', '', stop);
    this.#stop.setAttribute('aria-label', 'Stop');
    this.#stop.append(icon('stop'));
    this.element.append(this.field, this.#send, this.#stop);
    this.#refresh();
  }

  set state(state: ComposerState) {
    const hadFocus = this.#stop.matches(':focus');
    this.#state = state;
    this.#refresh();
    // A button that vanishes must not take the keyboard's place in the panel with it.
    if (hadFocus && this.#stop.hidden) this.field.focus({ preventScroll: true });
  }

  #submit(): void {
    const text = this.field.value.trim();
    if (this.#state !== 'ready' || text === '') return;
    this.field.value = '';
    this.ask(text);
  }

  #refresh(): void {
    const answering = this.#state === 'answering';
    this.#send.hidden = answering;
    this.#stop.hidden = !answering;
    this.#send.disabled = this.#state === 'waiting' || this.field.value.trim() === '';
  }
}
