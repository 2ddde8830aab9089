import { SternaChat } from './chat-element';

declare global {
  interface HTMLElementTagNameMap {
    'sterna-chat': SternaChat;
  }
}

/** Defines `<sterna-chat>`, once: where it is defined already, by another copy of this package too, that one stays. */
export function defineSternaChat(): void {
  if (customElements.get('sterna-chat') === undefined) customElements.define('sterna-chat', SternaChat);
}
