/** A new element for the chat's shadow root, with its class and its text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name = '',
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

/** A button that does something; the page's forms are none of its business. */
export function makeButton(name: string, text: string, act: () => void): HTMLButtonElement {
  const button = make('button', name, text);
  button.type = 'button';
  button.addEventListener('click', act);
  return button;
}
