import type { LoadProgress } from '../src/api';
import { elementById } from './elements';
import { megabytes } from './format';

const PHASES: Record<LoadProgress['phase'], string> = {
  compile: 'Preparing the GPU',
  download: 'Downloading the model',
  upload: 'Moving the model to the GPU',
  wait: 'Another tab is downloading the model',
};

/** What is loading, and how far it is. */
export class LoadingPanel {
  readonly #panel = elementById('loading', HTMLElement);
  readonly #phase = elementById('loading-phase', HTMLElement);
  readonly #bytes = elementById('loading-bytes', HTMLElement);
  readonly #bar = elementById('loading-progress', HTMLProgressElement);

  show(): void {
    this.#phase.textContent = 'Starting';
    this.#bytes.textContent = '';
    this.#bar.value = 0;
    this.#panel.hidden = false;
  }

  update({ phase, bytesDone, bytesTotal }: LoadProgress): void {
    this.#phase.textContent = PHASES[phase];
    this.#bytes.textContent = `${megabytes(bytesDone)} of ${megabytes(bytesTotal)}`;
    this.#bar.max = Math.max(bytesTotal, 1);
    this.#bar.value = bytesDone;
  }

  hide(): void {
    this.#panel.hidden = true;
  }
}
