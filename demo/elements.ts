/** The element with this id; throws if the page has none of this kind, which would be a mistake of ours in index.html. */
export function elementById<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html: #${id}: no ${kind.name}`);
  return element;
}
