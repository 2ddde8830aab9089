import { ChatLink } from './chat-link';
import type { ChatNews } from './chat-protocol';
import { ComposerView } from './composer-view';
import { FailureView } from './failure-view';
import { icon } from './icons';
import { LoadingView } from './loading-view';
import { make, makeButton } from './make';
import { modelUrl } from './model-url';
import panelStyle from './panel.css?inline';
import { plainWords } from './plain-words';
import type { ChatSettings } from './settings';
import transcriptStyle from './transcript.css?inline';
import { TranscriptView } from './transcript-view';

/** Where the panel fills the window, and the keyboard stays in it; panel.css has the same width. */
const NARROW = '(max-width: 30em)';

const DEVICE_WORDS = {
  lost: 'The GPU was reset; going on…',
  restored: 'The GPU is back.',
  failed: 'The GPU was lost.',
};

/** The panel of a chat: a dialog with the conversation, and what has to be said of the model. */
export class Panel {
  readonly #dialog = make('dialog', 'panel');
  readonly #heading = make('h2');
  readonly #anew: HTMLButtonElement;
  readonly #transcript = new TranscriptView();
  readonly #loading: LoadingView;
  readonly #failure: FailureView;
  readonly #composer: ComposerView;
  readonly #desk = make('div', 'desk');
  readonly #status = make('p', 'visually-hidden');
  readonly #narrow = matchMedia(NARROW);
  readonly #root: ShadowRoot;
  readonly #closed: (hadFocus: boolean) => void;
  #settings: ChatSettings;
  #link: ChatLink | undefined;
  #isOpen = false;
  /** Whether the model is there. */
  #isReady = false;
  /** Of the last question. */
  #id = 0;
  /** Whether it has no whole answer yet. */
  #isPending = false;

  /** @param closed is told when it was closed, and whether it had the keyboard's place in the page. */
  constructor(root: ShadowRoot, settings: ChatSettings, closed: (hadFocus: boolean) => void) {
    this.#root = root;
    this.#closed = closed;
    this.#settings = settings;
    this.#loading = new LoadingView(
      (order) => this.#link?.tell(order),
      (text) => {
        this.#announce(text);
      },
    );
    this.#failure = new FailureView(() => {
      this.#retry();
    });
    this.#composer = new ComposerView(
      (text) => {
        this.#ask(text);
      },
      () => this.#link?.tell({ kind: 'stop' }),
    );
    this.#anew = makeButton('quiet round', '', () => {
      this.#startAnew();
    });
    this.#build();
    this.update(settings);
    const style = new CSSStyleSheet();
    style.replaceSync(panelStyle + transcriptStyle);
    root.adoptedStyleSheets = [root.adoptedStyleSheets[0], style];
    root.append(this.#dialog);
  }

  /** Opens it and takes the keyboard's place in the page along. */
  show(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#open();
    this.#narrow.addEventListener('change', this.#reopen);
    if (this.#link === undefined) this.#start();
    this.#focus();
  }

  /** Closes it; the conversation stays, and what is under way goes on. */
  hide(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#narrow.removeEventListener('change', this.#reopen);
    const hadFocus = this.#root.activeElement !== null;
    this.#close();
    this.#closed(hadFocus);
  }

  /** Takes what the attributes say now; another model ends the conversation with the one before. */
  update(settings: ChatSettings): void {
    const { model } = this.#settings;
    this.#settings = settings;
    this.#heading.textContent = settings.title;
    this.#transcript.greeting = settings.greeting;
    if (model === settings.model) return;
    this.#stop();
    if (this.#isOpen) this.#start();
  }

  /** Closes it for good, ends the model and frees what it has on the GPU. */
  end(): void {
    this.hide();
    this.#stop();
    this.#root.removeChild(this.#dialog);
  }

  #build(): void {
    const bar = make('div', 'bar');
    this.#heading.id = 'title';
    this.#anew.setAttribute('aria-label', 'New chat');
    this.#anew.append(icon('anew'));
    this.#anew.hidden = true;
    const close = makeButton('quiet round', '', () => {
      this.hide();
    });
    close.setAttribute('aria-label', 'Close');
    close.append(icon('close'));
    bar.append(this.#heading, this.#anew, close);
    const help = make('p', 'help', 'A small model on your device. It may be wrong.');
    this.#desk.append(this.#loading.element, this.#failure.element, this.#composer.element, help);
    this.#status.setAttribute('role', 'status');
    this.#dialog.append(bar, this.#transcript.element, this.#desk, this.#status);
    this.#dialog.setAttribute('aria-labelledby', 'title');
    this.#dialog.tabIndex = -1;
    this.#dialog.popover = 'manual';
    // Else the element's own title would show whenever the pointer rests on any part of it.
    this.#dialog.title = '';
    this.#dialog.addEventListener('keydown', (event) => {
      // While an input method composes a character, Escape only ends that.
      if (event.key !== 'Escape' || event.isComposing) return;
      event.preventDefault();
      this.hide();
    });
    this.#dialog.addEventListener('cancel', (event) => {
      // The browser asks so too, where there is a button or a gesture to go back.
      event.preventDefault();
      this.hide();
    });
  }

  /** Above all of the page; where it fills the window, the page behind it can not be reached. */
  #open(): void {
    if (this.#narrow.matches) this.#dialog.showModal();
    else this.#dialog.showPopover();
  }

  #close(): void {
    if (this.#dialog.open) this.#dialog.close();
    else if (this.#dialog.isConnected) this.#dialog.hidePopover();
  }

  readonly #reopen = () => {
    const focused = this.#root.activeElement;
    this.#close();
    this.#open();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  };

  #focus(): void {
    (this.#isReady ? this.#composer.field : this.#dialog).focus({ preventScroll: true });
  }

  #start(): void {
    this.#isReady = false;
    this.#loading.start();
    this.#show('loading');
    this.#composer.element.hidden = true;
    try {
      this.#link = new ChatLink(
        modelUrl(this.#settings.model),
        (news) => {
          this.#hear(news);
        },
        (error) => {
          this.#link = undefined;
          this.#fail(plainWords(error), error.message);
        },
      );
    } catch (error) {
      this.#fail(plainWords(error), String(error));
    }
  }

  #stop(): void {
    this.#link?.end();
    this.#link = undefined;
    this.#clear();
  }

  #hear(news: ChatNews): void {
    switch (news.kind) {
      case 'found':
        this.#composer.element.hidden = true;
        this.#show('loading');
        this.#loading.ask(news.bytes);
        this.#announce('The model has to be downloaded first.');
        break;
      case 'loading':
        this.#composer.element.hidden = false;
        this.#composer.state = 'waiting';
        this.#show('loading');
        this.#loading.update(news);
        break;
      case 'ready':
        this.#ready();
        break;
      case 'device':
        this.#announce(DEVICE_WORDS[news.event]);
        break;
      case 'said':
        if (news.id === this.#id) this.#transcript.say(news.pieces);
        break;
      case 'answered':
        if (news.id !== this.#id) break;
        this.#isPending = false;
        this.#transcript.finish(news.end);
        this.#composer.state = 'ready';
        this.#announce(
          news.end === 'stopped'
            ? 'The answer was stopped.'
            : `${this.#settings.title} answered: ${this.#transcript.answerText}`,
        );
        break;
      case 'failed':
        this.#isReady = news.isLoaded;
        this.#fail(news.words, news.detail);
    }
  }

  #ready(): void {
    this.#isReady = true;
    const focused = this.#root.activeElement;
    const isToMove = focused === this.#dialog || this.#loading.element.contains(focused);
    this.#composer.element.hidden = false;
    this.#composer.state = this.#isPending ? 'answering' : 'ready';
    if (this.#isOpen && isToMove) this.#composer.field.focus({ preventScroll: true });
    this.#show('nothing');
    this.#announce('The chat is ready.');
  }

  #fail(words: string, detail: string): void {
    this.#failure.say(words, detail);
    this.#show('failure');
    this.#transcript.isBusy = false;
    this.#composer.state = this.#isReady ? 'ready' : 'waiting';
  }

  #retry(): void {
    this.#transcript.isBusy = this.#isPending;
    if (this.#isReady) {
      this.#show('nothing');
      this.#composer.state = 'answering';
      this.#composer.field.focus({ preventScroll: true });
    } else {
      this.#loading.start();
      this.#show('loading');
      this.#dialog.focus({ preventScroll: true });
    }
    if (this.#link === undefined) {
      this.#clear();
      this.#start();
    } else this.#link.tell({ kind: 'retry' });
  }

  #ask(text: string): void {
    this.#show('nothing');
    // The one before failed, and is not asked for again.
    if (this.#isPending) this.#transcript.takeBack();
    this.#id++;
    this.#isPending = true;
    this.#anew.hidden = false;
    this.#composer.state = 'answering';
    this.#transcript.ask(text, this.#settings.title);
    this.#announce(`${this.#settings.title} is answering.`);
    this.#link?.tell({ kind: 'ask', id: this.#id, text, system: this.#settings.system });
  }

  #startAnew(): void {
    this.#link?.tell({ kind: 'forget' });
    this.#clear();
    if (this.#isReady) {
      this.#show('nothing');
      this.#composer.state = 'ready';
    }
    this.#announce('New chat.');
    this.#focus();
  }

  /** Forgets the conversation; what is still said of it is not heard. */
  #clear(): void {
    this.#id++;
    this.#isPending = false;
    this.#anew.hidden = true;
    this.#transcript.clear();
  }

  /** One of the two that may stand above the field. */
  #show(what: 'loading' | 'failure' | 'nothing'): void {
    this.#transcript.follow(() => {
      this.#loading.element.hidden = what !== 'loading';
      this.#failure.element.hidden = what !== 'failure';
    });
  }

  #announce(text: string): void {
    this.#status.textContent = text;
  }
}
