import { icon } from './icons';
import launcherStyle from './launcher.css?inline';
import { make, makeButton } from './make';
import type { Panel } from './panel';
import { ATTRIBUTES, readSettings } from './settings';

/** Importing this where there is no page, on a server, defines a class that nobody can use. */
const Base = (globalThis as Partial<typeof globalThis>).HTMLElement ?? (Object as unknown as typeof HTMLElement);

/**
 * `<sterna-chat model="…">`: a button that opens a panel to chat with a model on the reader's own device. It is this small
 * until it is opened: then the panel comes, and with it the runtime; the model comes when the reader has agreed.
 */
export class SternaChat extends Base {
  /** @internal */
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;
  readonly #button = makeButton('launcher', '', () => void this.open());
  readonly #label = make('span');
  readonly #failure = make('p', 'failure');
  readonly #root: ShadowRoot;
  #panel: Panel | undefined;
  /** What had the focus before the panel took it. */
  #opener: Element | null = null;

  constructor() {
    super();
    // Open, so that tests and tools for accessibility see into it: a closed one keeps no script of the page out.
    this.#root = this.attachShadow({ mode: 'open' });
    const style = new CSSStyleSheet();
    style.replaceSync(launcherStyle);
    this.#root.adoptedStyleSheets = [style];
    this.#button.setAttribute('aria-haspopup', 'dialog');
    this.#button.setAttribute('aria-expanded', 'false');
    // Else the element's own title would show whenever the pointer rests on any part of it.
    this.#button.title = '';
    this.#button.append(icon('chat'), this.#label);
    this.#failure.setAttribute('role', 'alert');
    this.#root.append(this.#failure, this.#button);
    // What is typed here is no shortcut of the page, which could not tell that it is typed into a field.
    const keep = (event: Event) => {
      event.stopPropagation();
    };
    this.#root.addEventListener('keydown', keep);
    this.#root.addEventListener('keypress', keep);
    this.#root.addEventListener('keyup', keep);
  }

  /** Opens the panel and takes the keyboard's place in the page along. Never rejects: what fails is said on the page. */
  async open(): Promise<void> {
    this.#failure.textContent = '';
    if (this.#panel === undefined) {
      this.#button.setAttribute('aria-busy', 'true');
      try {
        const { Panel } = await import('./panel');
        // The reader may have asked twice, or the page have removed the element meanwhile.
        this.#panel ??= new Panel(this.#root, readSettings(this), (hadFocus) => {
          this.#showOpen(false);
          if (hadFocus) this.#giveFocusBack();
        });
      } catch {
        this.#failure.textContent = 'The chat could not be loaded. Is this device online?';
        return;
      } finally {
        this.#button.removeAttribute('aria-busy');
      }
    }
    if (!this.isConnected) {
      this.#end();
      return;
    }
    if (this.#root.activeElement === null) this.#opener = document.activeElement;
    this.#panel.show();
    this.#showOpen(true);
  }

  /** Closes the panel. The conversation stays, and an answer or a download goes on. */
  close(): void {
    this.#panel?.hide();
  }

  /** @internal */
  connectedCallback(): void {
    this.#label.textContent = readSettings(this).title;
  }

  /** @internal */
  disconnectedCallback(): void {
    this.close();
    // A page that moves an element takes it out and puts it back at once.
    setTimeout(() => {
      if (!this.isConnected) this.#end();
    });
  }

  /** Without it, a move that keeps an element's state would count as the two of removing and inserting. @internal */
  connectedMoveCallback(): void {
    this.#label.textContent = readSettings(this).title;
  }

  /** @internal */
  attributeChangedCallback(): void {
    const settings = readSettings(this);
    this.#label.textContent = settings.title;
    this.#panel?.update(settings);
  }

  #showOpen(isOpen: boolean): void {
    this.#button.setAttribute('aria-expanded', String(isOpen));
    this.#button.classList.toggle('opened', isOpen);
  }

  /** To the page's own button, if that opened the panel. Browsers that focus no button on a click have none to name. */
  #giveFocusBack(): void {
    const opener = this.#opener;
    this.#opener = null;
    if (opener instanceof HTMLElement && opener !== document.body) opener.focus({ preventScroll: true });
    else this.#button.focus({ preventScroll: true });
  }

  #end(): void {
    this.#panel?.end();
    this.#panel = undefined;
  }
}
