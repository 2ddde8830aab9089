import { DownloadControl } from '../src/api';
import type { LoadProgress } from '../src/api';
import { elementById } from './elements';
import { megabytes } from './format';

const PHASES: Record<LoadProgress['phase'], string> = {
  compile: 'Preparing the GPU',
  download: 'Downloading the model',
  upload: 'Moving the model to the GPU',
  wait: 'Another tab is downloading the model',
};

export interface LoadingEvents {
  /** The reader wants the model after all. */
  load: () => void;
  announce: (text: string) => void;
}

/** What is loading and how far it is, with buttons to pause, to go on and to leave it. */
export class LoadingPanel {
  readonly #panel = elementById('loading', HTMLElement);
  readonly #phase = elementById('loading-phase', HTMLElement);
  readonly #bytes = elementById('loading-bytes', HTMLElement);
  readonly #bar = elementById('loading-progress', HTMLProgressElement);
  readonly #pause = elementById('loading-pause', HTMLButtonElement);
  readonly #cancel = elementById('loading-cancel', HTMLButtonElement);
  readonly #load = elementById('loading-load', HTMLButtonElement);
  readonly #events: LoadingEvents;
  #download = new DownloadControl();
  #cancelling = new AbortController();
  #words = '';

  constructor(events: LoadingEvents) {
    this.#events = events;
    this.#pause.addEventListener('click', () => {
      this.#pauseOrResume();
    });
    this.#cancel.addEventListener('click', () => {
      this.#cancelling.abort();
    });
    this.#load.addEventListener('click', events.load);
  }

  /** Begins anew; the result is to steer the load. */
  show(): { download: DownloadControl; signal: AbortSignal } {
    const hadFocus = document.activeElement === this.#load;
    this.#download = new DownloadControl();
    this.#cancelling = new AbortController();
    this.#words = 'Starting';
    this.#bytes.textContent = '';
    this.#bar.value = 0;
    this.#pause.hidden = true;
    this.#panel.hidden = false;
    this.#refresh();
    // A button that vanishes must not take the keyboard's place in the page with it.
    if (hadFocus) this.#cancel.focus();
    return { download: this.#download, signal: this.#cancelling.signal };
  }

  update({ phase, bytesDone, bytesTotal }: LoadProgress): void {
    this.#words = PHASES[phase];
    this.#bytes.textContent = `${megabytes(bytesDone)} of ${megabytes(bytesTotal)}`;
    this.#bar.max = Math.max(bytesTotal, 1);
    this.#bar.value = bytesDone;
    // What is in the browser's storage comes too fast to be paused.
    if (phase === 'download') this.#pause.hidden = false;
    this.#refresh();
  }

  /** The load is over; where it was cancelled it can be begun again. True where the keyboard has lost its place by that. */
  hide(): boolean {
    const hadFocus = this.#panel.contains(document.activeElement);
    const { aborted } = this.#cancelling.signal;
    this.#panel.hidden = !aborted;
    this.#pause.hidden = true;
    this.#refresh();
    if (hadFocus && aborted) this.#load.focus();
    return hadFocus && !aborted;
  }

  #pauseOrResume(): void {
    const { isPaused } = this.#download;
    if (isPaused) this.#download.resume();
    else this.#download.pause();
    this.#events.announce(isPaused ? 'The download goes on.' : 'The download is paused.');
    this.#refresh();
  }

  #refresh(): void {
    const { isPaused } = this.#download;
    const { aborted } = this.#cancelling.signal;
    this.#phase.textContent = aborted ? 'The model is not loaded.' : isPaused ? 'Paused' : this.#words;
    this.#pause.textContent = isPaused ? 'Resume' : 'Pause';
    this.#bytes.hidden = aborted;
    this.#bar.hidden = aborted;
    this.#cancel.hidden = aborted;
    this.#load.hidden = !aborted;
  }
}
