import { SternaChat } from './chat-element';

declare global {
  interface HTMLElementTagNameMap {
    'sterna-chat': SternaChat;
  }
}

/**
 * Defines `<sterna-chat>`, once: where it is defined already, by another copy of this package too, that one stays. On a
 * server, which has no elements, it does nothing.
 */
export function defineSternaChat(): void {
  const registry = (globalThis as Partial<typeof globalThis>).customElements;
  if (registry?.get('sterna-chat') === undefined) registry?.define('sterna-chat', SternaChat);
}
