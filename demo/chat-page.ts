import { createEngine } from '../src/api';
import type { DeviceEvent, Engine } from '../src/api';
import { DeviceLostError, DisposedError, WorkerError } from '../src/errors';
import { Composer } from './composer';
import { Conversation } from './conversation';
import { elementById } from './elements';
import { FailurePanel } from './failure-panel';
import { LoadingPanel } from './loading-panel';
import { modelAddress } from './model-address';
import { modelFacts } from './model-facts';
import { Transcript } from './transcript';

const DEVICE_WORDS: Record<DeviceEvent['kind'], string> = {
  lost: 'The GPU was reset; going on…',
  restored: 'The GPU is back.',
  failed: 'The GPU was lost.',
};

/** The page: loads the model, then lets the reader talk with it. */
export class ChatPage {
  readonly #transcript = new Transcript();
  readonly #loading = new LoadingPanel({
    load: () => void this.load(),
    announce: (text) => {
      this.#announce(text);
    },
  });
  readonly #failure = new FailurePanel();
  readonly #facts = elementById('model-facts', HTMLElement);
  readonly #newChat = elementById('new-chat', HTMLButtonElement);
  readonly #announcement = elementById('announcement', HTMLElement);
  readonly #composer = new Composer({
    send: (text) => {
      this.#ask(text);
    },
    stop: () => this.#answering?.abort(),
  });
  #conversation = new Conversation();
  #answering: AbortController | undefined;
  #engine: Engine | undefined;

  constructor() {
    this.#newChat.addEventListener('click', () => {
      this.#startAnew();
    });
    for (const suggestion of document.querySelectorAll<HTMLButtonElement>('.suggestion')) {
      suggestion.addEventListener('click', () => {
        this.#composer.suggest(suggestion.textContent);
      });
    }
  }

  /** Loads the model; never rejects: what fails is said on the page. True when the model is ready. */
  async load(): Promise<boolean> {
    this.#composer.state = 'waiting';
    const steering = this.#loading.show();
    this.#announce('Loading the model.');
    try {
      this.#engine = await createEngine({
        model: modelAddress(location.href),
        ...steering,
        onProgress: (progress) => {
          this.#loading.update(progress);
        },
        onDeviceEvent: ({ kind }) => {
          this.#noteDevice(kind);
        },
      });
    } catch (error) {
      if (steering.signal.aborted) this.#announce('The model is not loaded.');
      else this.#failure.show(error, () => void this.load());
      return false;
    } finally {
      if (this.#loading.hide()) this.#composer.focus();
    }
    this.#showFacts();
    this.#composer.state = 'ready';
    this.#announce('The model is ready.');
    return true;
  }

  #ask(text: string): void {
    this.#failure.hide();
    this.#conversation.ask(text);
    this.#transcript.addQuestion(text);
    this.#newChat.hidden = false;
    void this.#answer();
  }

  /** Never rejects: what fails is said on the page. */
  async #answer(): Promise<void> {
    if (this.#engine === undefined) return;
    const answering = new AbortController();
    this.#answering = answering;
    this.#composer.state = 'answering';
    this.#announce('Sterna is answering.');
    const view = this.#transcript.addAnswer();
    const conversation = this.#conversation;
    try {
      const answered = await conversation.answer(this.#engine, answering.signal, (text) => {
        view.append(text, () => {
          this.#transcript.follow();
        });
      });
      view.finish(answered);
      if (conversation === this.#conversation) {
        this.#announce(answered.stopped ? 'The answer was stopped.' : `Sterna answered: ${view.plainText}`);
      }
    } catch (error) {
      view.element.remove();
      this.#failure.show(error, () => void this.#answerAgain(error));
    } finally {
      this.#answering = undefined;
      this.#composer.state = 'ready';
    }
    this.#transcript.follow();
  }

  /** An engine that lost its GPU or its worker is of no more use. */
  async #answerAgain(error: unknown): Promise<void> {
    if ([DeviceLostError, WorkerError, DisposedError].some((kind) => error instanceof kind)) {
      await this.#engine?.dispose();
      this.#engine = undefined;
      if (!(await this.load())) return;
    }
    await this.#answer();
  }

  #noteDevice(kind: DeviceEvent['kind']): void {
    this.#announce(DEVICE_WORDS[kind]);
    if (kind === 'restored') this.#showFacts();
    else this.#facts.textContent = DEVICE_WORDS[kind];
  }

  #showFacts(): void {
    this.#facts.textContent = this.#engine === undefined ? '' : modelFacts(this.#engine.info);
  }

  #startAnew(): void {
    this.#answering?.abort();
    this.#conversation = new Conversation();
    this.#failure.hide();
    this.#transcript.clear();
    this.#newChat.hidden = true;
    this.#announce('New chat.');
    this.#composer.focus();
  }

  #announce(text: string): void {
    this.#announcement.textContent = text;
  }
}
