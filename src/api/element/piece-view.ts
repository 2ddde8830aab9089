import type { Piece } from './piece';

/** Shows pieces in an element, in place of what was there. */
export function showPieces(element: Element, pieces: readonly Piece[]): void {
  element.textContent = '';
  for (const piece of pieces) element.append(shown(piece));
}

function shown(piece: Piece): Node {
  if (typeof piece === 'string') return document.createTextNode(piece);
  const { tag, children, href, start } = piece;
  const element = document.createElement(tag);
  if (href !== undefined) {
    element.setAttribute('href', href);
    // It opens apart, and learns nothing of this page.
    element.setAttribute('rel', 'noopener noreferrer nofollow');
    element.setAttribute('target', '_blank');
  }
  if (start !== undefined) element.setAttribute('start', String(start));
  // Only so can the keyboard scroll a box whose lines are too long.
  if (tag === 'pre' || tag === 'table') element.tabIndex = 0;
  showPieces(element, children);
  return element;
}
