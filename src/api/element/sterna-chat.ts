import { defineSternaChat } from './define';
import { ATTRIBUTES } from './settings';

/** The program of the script tag: defines the element, and puts one into the page if the tag names a model. */
function start(): void {
  defineSternaChat();
  // A module is not told which tag it came from.
  const tag = document.querySelector('script[data-model][src*="sterna-chat"]');
  if (tag === null || document.querySelector('sterna-chat') !== null) return;
  const chat = document.createElement('sterna-chat');
  for (const name of ATTRIBUTES) {
    const value = tag.getAttribute(`data-${name}`);
    if (value !== null) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}

// With `async` the script may run before there is a body.
if ((document as Partial<Document>).body) start();
else document.addEventListener('DOMContentLoaded', start, { once: true });
