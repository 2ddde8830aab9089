import type { LoadPhase, LoadProgress } from '../../worker/progress';
import type { ChatOrder } from './chat-protocol';
import { make, makeButton } from './make';

const PHASES: Record<LoadPhase, string> = {
  compile: 'Preparing the GPU',
  download: 'Downloading the model',
  upload: 'Moving the model to the GPU',
  wait: 'Another tab is downloading the model',
};

/** Asks before a model is downloaded, then says how far it is, with buttons to pause, to go on and to leave it. */
export class LoadingView {
  readonly element = make('section', 'loading');
  readonly #words = make('p');
  readonly #bytes = make('p', 'figures');
  readonly #bar = make('progress');
  readonly #buttons = make('div', 'buttons');
  readonly #load: HTMLButtonElement;
  readonly #pause: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  #isPaused = false;
  #phase = 'Starting';

  constructor(
    private readonly tell: (order: ChatOrder) => void,
    private readonly announce: (text: string) => void,
  ) {
    this.element.setAttribute('aria-label', 'The model');
    this.#bar.setAttribute('aria-label', 'Loading the model');
    this.#load = makeButton('strong', '', () => {
      this.start();
      tell({ kind: 'load' });
      // A button that vanishes must not take the keyboard's place in the panel with it.
      this.#cancel.focus({ preventScroll: true });
    });
    this.#pause = makeButton('quiet', '', () => {
      this.#pauseOrResume();
    });
    this.#cancel = makeButton('quiet', 'Cancel', () => {
      tell({ kind: 'cancel' });
    });
    this.#buttons.append(this.#load, this.#pause, this.#cancel);
    this.element.append(this.#words, this.#bytes, this.#bar, this.#buttons);
    this.start();
  }

  /** It has begun, and it is not yet known with what. */
  start(): void {
    this.#isPaused = false;
    this.#phase = 'Starting';
    this.#bytes.textContent = '';
    this.#bar.removeAttribute('value');
    this.#show('loading');
    this.#pause.hidden = true;
    this.#refresh();
  }

  /** Asks whether so many bytes may be fetched. */
  ask(bytes: number): void {
    const hadFocus = this.#cancel.matches(':focus') || this.#pause.matches(':focus');
    this.#show('asking');
    const size = megabytes(bytes);
    this.#words.textContent =
      bytes === 0
        ? 'The model is on this device already.'
        : `The answers come from a language model that runs on your own device: what you write stays here. It has to be downloaded first, once: ${size}.`;
    this.#load.textContent = bytes === 0 ? 'Start' : `Download ${size}`;
    if (hadFocus) this.#load.focus({ preventScroll: true });
  }

  update({ phase, bytesDone, bytesTotal }: LoadProgress): void {
    this.#show('loading');
    this.#phase = PHASES[phase];
    this.#bytes.textContent = `${megabytes(bytesDone)} of ${megabytes(bytesTotal)}`;
    this.#bar.max = bytesTotal > 0 ? bytesTotal : 1;
    this.#bar.value = bytesDone;
    // What is in the browser's storage comes too fast to be paused.
    if (phase === 'download') this.#pause.hidden = false;
    this.#refresh();
  }

  #show(what: 'asking' | 'loading'): void {
    const isAsking = what === 'asking';
    this.#load.hidden = !isAsking;
    this.#cancel.hidden = this.#bar.hidden = this.#bytes.hidden = isAsking;
    if (isAsking) this.#pause.hidden = true;
  }

  #pauseOrResume(): void {
    this.#isPaused = !this.#isPaused;
    this.tell({ kind: this.#isPaused ? 'pause' : 'resume' });
    this.announce(this.#isPaused ? 'The download is paused.' : 'The download goes on.');
    this.#refresh();
  }

  #refresh(): void {
    this.#words.textContent = this.#isPaused ? 'Paused' : this.#phase;
    this.#pause.textContent = this.#isPaused ? 'Resume' : 'Pause';
  }
}

/** Megabytes (of 10^6 bytes, as download sizes are given), with one digit after the point, and never nothing. */
function megabytes(bytes: number): string {
  return `${(bytes > 0 && bytes < 1e5 ? 0.1 : bytes / 1e6).toFixed(1)} MB`;
}
